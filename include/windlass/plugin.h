/* Windlass plugin ABI, version 1.0. Plain C99: any compiler, any language; no C++ type, exception
 * or allocation crosses.
 *
 * A plugin is a shared module that exports one symbol, windlass_plugin_v1, and hides all others.
 *
 *   a thread of the host's   windlass_plugin_v1 -> config_check -> create ... quiesce -> destroy
 *   each worker thread       thread_enter ... thread_leave
 *   a receive batch          batch_begin, (match, answer)*, batch_end
 *   a stream over TCP        stream_open, stream_next*, stream_close       (on the worker's thread)
 *   threads for commands     control        (a few at once; one may take minutes)
 *   any thread               ready, stats
 *
 * Rules of both sides:
 *   - A struct begins with its size in octets, as its writer was compiled, and only ever grows at
 * its end. A reader reads no further than that size; what it does not find there counts as zero or
 * NULL.
 *   - Majors must be equal; of two minors the lesser counts. `features` of the host says what it
 * carries out.
 *   - A pointer dies when the call returns, in both directions, unless its comment says otherwise.
 *   - Texts are UTF-8 and end with a zero octet. Names are wire form, uncompressed, case as
 * received (RFC 1035 3.1).
 *   - A call returns; it never exits, throws, raises a signal, or unwinds. match and answer never
 * block.
 *   - The module stays mapped until the process ends, so its threads and its static data are safe
 * to leave behind. */
#ifndef WINDLASS_PLUGIN_H
#define WINDLASS_PLUGIN_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define WINDLASS_PLUGIN_MAJOR 1u
#define WINDLASS_PLUGIN_MINOR 0u
#define WINDLASS_PLUGIN_SYMBOL "windlass_plugin_v1"

/* In front of the one symbol, in a module compiled with hidden visibility. */
#if defined(__GNUC__)
#define WINDLASS_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define WINDLASS_PLUGIN_EXPORT
#endif

/* What answer() says about one query. Any other value counts as ERROR. */
enum windlass_verdict {
  WINDLASS_NOT_MINE = 0, /* on to the cache and the recursion */
  WINDLASS_DONE = 1,     /* reply holds a whole message */
  WINDLASS_REFERRAL =
      2, /* reply holds a referral: go on from its NS records and glue.   WINDLASS_HOST_REFERRAL */
  WINDLASS_CHASE =
      3, /* reply holds a prefix (CNAME, DNAME): go on at `next`.            WINDLASS_HOST_CHASE */
  WINDLASS_PENDING = 4, /* complete() follows with the query's ticket. WINDLASS_HOST_PENDING */
  WINDLASS_DROP = 5,    /* the client gets no answer */
  WINDLASS_ERROR = 6    /* mine, but no answer can be made: the client gets SERVFAIL */
};

/* Bits of windlass_host.features. A verdict or report whose bit is clear counts as an error or is
 * not read. */
enum windlass_host_feature {
  WINDLASS_HOST_REFERRAL = 1 << 0,
  WINDLASS_HOST_CHASE = 1 << 1,
  WINDLASS_HOST_PENDING = 1 << 2,
  WINDLASS_HOST_CONTROL = 1 << 3,     /* the host calls control */
  WINDLASS_HOST_GENERATIONS = 1 << 4, /* the host caches answers and reads generations */
  WINDLASS_HOST_STREAM = 1 << 5       /* the host calls stream_open for AXFR and IXFR over TCP */
};

enum windlass_log_level {
  WINDLASS_LOG_ERROR = 0,
  WINDLASS_LOG_WARNING = 1,
  WINDLASS_LOG_NOTICE = 2,
  WINDLASS_LOG_INFO = 3,
  WINDLASS_LOG_DEBUG = 4
};

/* Host -> plugin
 * ---------------------------------------------------------------------------------------------- */

struct windlass_time {
  uint32_t size;
  uint32_t reserved;
  int64_t wall_s;  /* seconds since 1970; steps with NTP */
  int64_t age_ms;  /* since boot, suspended time included: for TTLs */
  int64_t mono_us; /* for durations */
};

/* A sub-question for resolve, or a message for send. */
struct windlass_ask {
  uint32_t size;
  uint16_t type, klass;
  const uint8_t* name;
  size_t name_octets;
  const uint8_t* message; /* send: whole, with an ID the host may replace */
  size_t message_octets;
  const char* to;      /* send: "192.0.2.1@53", "2001:db8::1@853" */
  uint32_t stream;     /* send: 1 over TCP */
  uint32_t timeout_ms; /* 0: the host's */
};

/* What an ask came to. status: 0 done, else the ask failed and message is NULL. */
typedef void windlass_asked(void* data, int32_t status, const uint8_t* message,
                            size_t message_octets);

/* What the host lends to one instance, from create() until destroy() has returned. Every service
 * may be called from any thread. A slot that is NULL is not lent: a plugin that cannot do without
 * refuses in create(). */
struct windlass_host {
  uint32_t size;
  uint32_t major, minor;
  uint32_t reserved;
  uint64_t features;
  void* context; /* first argument of every service */

  /* One line; the host adds the plugin's name, cuts at 1000 octets and limits the rate. */
  void (*log)(void* context, int32_t level, const char* text);
  /* Fills what fits into now->size octets. */
  void (*clock)(void* context, struct windlass_time* now);
  /* Adds to the counter at `index` of windlass_plugin.counters; an index beyond it is ignored. */
  void (*count)(void* context, uint32_t index, uint64_t add);

  /* Each returns 0, or non-zero when nothing was begun; NULL when it is not lent. due, run and
   * asked are called on threads of the host's, once each; after destroy() has begun, never. */
  int32_t (*timer)(void* context, uint64_t after_ms, void (*due)(void* data), void* data);
  /* run() on a thread where it may block; done() (or NULL) after it, on the same thread. */
  int32_t (*work)(void* context, void (*run)(void* data), void (*done)(void* data), void* data);
  /* A validated answer of the resolver's, for ask->name, type; status 0 also for NXDOMAIN. */
  int32_t (*resolve)(void* context, const struct windlass_ask* ask, windlass_asked* asked,
                     void* data);
  int32_t (*send)(void* context, const struct windlass_ask* ask, windlass_asked* asked, void* data);
  /* Exactly once for each PENDING; late ones are ignored. verdict: DONE, REFERRAL, CHASE, DROP or
   * ERROR. The message as in answer: ID and question as in the query, QR set. */
  int32_t (*complete)(void* context, uint64_t ticket, int32_t verdict, const uint8_t* message,
                      size_t message_octets);
  int32_t (*cache_purge)(void* context, const uint8_t* name, size_t name_octets, uint32_t subtree);
};

/* Where one value of the configuration stands in the operator's file; lines and columns count
 * from 1. */
struct windlass_position {
  uint32_t size;
  uint32_t line, column;
  const char* pointer; /* JSON pointer (RFC 6901): "/zones/0/file" */
};

struct windlass_config {
  uint32_t size;
  uint32_t position_count;
  const char* name; /* as the operator called this instance */
  const char* json; /* what stands under `config:`; "{}" when nothing does */
  size_t json_octets;
  const struct windlass_position* positions; /* array; step by positions[0].size */
  const char* state_dir; /* relative file names are below it; "" when there is none */
};

/* Who asks. */
struct windlass_peer {
  uint32_t size;
  uint16_t family; /* 4 or 6 */
  uint16_t port;
  uint8_t address[16]; /* network order; IPv4 in the first four octets */
};

/* Bits of windlass_query.flags. */
enum windlass_query_flag {
  WINDLASS_QUERY_STREAM = 1 << 0, /* came over TCP: octets_max is 65535 */
  WINDLASS_QUERY_CHASED =
      1 << 1 /* the resolver came here along an alias: message was made by the host */
};

struct windlass_query {
  uint32_t size;
  uint32_t flags;
  const uint8_t*
      message; /* as received; proven well-formed, opcode QUERY, one question of class IN */
  size_t message_octets;
  const uint8_t* name; /* the question's name, part of message */
  size_t name_octets;
  uint16_t type, klass;
  uint16_t labels; /* of name, without the root's */
  uint16_t reserved;
  uint64_t ticket; /* names this query in complete(); 0 unless the host carries out PENDING */
  const struct windlass_peer* peer; /* NULL when the host itself asks */
};

/* Plugin -> host
 * ---------------------------------------------------------------------------------------------- */

/* Why a call refused. The host shows text and, when pointer names a value of the configuration, its
 * place. */
struct windlass_fault {
  uint32_t size;
  uint32_t reserved;
  char text[256];    /* one line: what, which, what was expected */
  char pointer[256]; /* JSON pointer, or empty */
};

/* Made by the host, zero but for size, octets and octets_max. */
struct windlass_reply {
  uint32_t size;
  /* 1: the host may give this answer to whoever asks the same question with the same flags, EDNS
   * and size, for ttl_max_s, while the generation at `slot` stands and match() says the same of the
   * name. Read by DONE alone; needs `generations`. */
  uint32_t cacheable;
  uint8_t* octets;   /* the host's transmit buffer */
  size_t octets_max; /* what the client takes: more is an error, TC is the plugin's to set */
  size_t octets_written;
  uint64_t generation; /* as read inside the snapshot that made the answer */
  uint32_t slot;
  uint32_t ttl_max_s;
  const uint8_t* next; /* CHASE: the name to go on at; lives until batch_end */
  size_t next_octets;
};

/* Where a command's reply goes, piece by piece, and where its words came from. */
struct windlass_command {
  uint32_t size;
  uint32_t word_count;
  const char* const* words; /* "zone", "show", "home.arpa."; the first "--" ends the options and is
                             * no argument: words behind it are values, however they begin */
  void* context;            /* first argument of put */
  /* One row of the reply: a JSON object of texts, numbers, booleans and lists of texts, without a
   * member "ok" and more than a "progress" alone. Or several, each on a line of its own, as a long
   * reply is given best: some ten thousand octets at a time. Waits while the reader is slow.
   * Non-zero: the reader has gone, stop. */
  int32_t (*put)(void* context, const char* json, size_t octets);
  /* How far long work has come: one line for people, shown in place of the one before. Non-zero:
   * the reader has gone, stop. */
  int32_t (*progress)(void* context, const char* text);
};

/* The descriptor. It and all it points at live as long as the module. Calls marked * may be NULL.
 * Those that return int32_t return 0 for success, unless said otherwise. */
struct windlass_plugin {
  uint32_t size;
  uint32_t major, minor; /* the ABI the plugin was compiled for */
  uint32_t counter_count;
  const char* name;            /* of the module: "auth" */
  const char* version;         /* of the module: "0.1.0" */
  const char* const* counters; /* names for count(): "zone_loads_total"; at most 64 */
  const char* config_schema; /* * JSON schema of the configuration, for documents and completion */

  /* * Is this configuration sound? Opens nothing, changes nothing, may run beside other instances.
   */
  int32_t (*config_check)(const struct windlass_config* config, struct windlass_fault* fault);
  /* A new instance, perhaps beside the one that it will replace. `host` stays valid until destroy
   * has returned. */
  int32_t (*create)(const struct windlass_host* host, const struct windlass_config* config,
                    void** instance, struct windlass_fault* fault);
  /* * The handle of one worker, given to match and answer; without it they get the instance.
   * Non-zero: this worker goes on without the plugin, whose names it then seeks outside, and asks
   * again some seconds later. A plugin whose names must not leave enters always: match tells that
   * they are its own, and answer says ERROR while it has nothing to answer from. */
  int32_t (*thread_enter)(void* instance, uint32_t worker, void** thread);
  void (*thread_leave)(void* instance, void* thread); /* * on the same thread */
  /* * Around the queries of one receive batch that come to match: one snapshot a batch. */
  void (*batch_begin)(void* thread);
  void (*batch_end)(void* thread);
  /* The number of labels of the closest zone that covers the name, plus one (the root zone: 1); 0:
   * none does. The plugin with the greatest is asked. No I/O; under 50 ns when it is 0. */
  uint32_t (*match)(void* thread, const uint8_t* name, size_t name_octets);
  /* An enum windlass_verdict. DONE: ID and question as in the query, QR set; the host sets RA. The
   * host keeps the time; errors in a row open a breaker: clients of this plugin's zones get
   * SERVFAIL and it is tried again seconds later. */
  int32_t (*answer)(void* thread, const struct windlass_query* query, struct windlass_reply* reply);
  /* * The commands that control() knows: JSON array of {"name": "zone load", "arguments": "ZONE
   * FILE", "least": 2, "most": 2, "shape": "fields" | "table" | "lines", "help": "..."}; an
   * argument called FILE or FOLDER is given as an absolute path; the name is one to three words of
   * small letters, digits and hyphens. The host adds them to its own; its own names
   * win. */
  const char* commands;
  /* * A command of the operator; the reply goes out through put. */
  int32_t (*control)(void* instance, const struct windlass_command* command,
                     struct windlass_fault* fault);
  int32_t (*ready)(
      void* instance); /* * 1: all that is configured can be answered; 0: still loading */
  /* * JSON object of figures, without a zero octet, into `json`; returns the octets it has, written
   * if <= octets_max. */
  size_t (*stats)(void* instance, char* json, size_t octets_max);
  void (*quiesce)(void* instance); /* * no further work is begun; what runs may end. Questions that
                                    * are PENDING still: complete them now, else their clients get
                                    * SERVFAIL when their time is over. */
  void (*destroy)(void* instance); /* after every thread_leave; nothing of it is called any more */
  /* * Array of generations, each written with release order; lives until destroy. Read with
   * WINDLASS_HOST_GENERATIONS. */
  const uint64_t* (*generations)(void* instance, uint32_t* count);
  /* * A question whose answer is a stream of messages (AXFR, IXFR over TCP; over UDP they come to
   * answer, which says DONE with one message, NOT_MINE, DROP or ERROR). The verdict: DONE, then
   * *stream is not NULL, or reply holds the only message (a refusal, a SERVFAIL: an ERROR counts
   * for the breaker of all its names); NOT_MINE, DROP, ERROR as in answer. */
  int32_t (*stream_open)(void* thread, const struct windlass_query* query,
                         struct windlass_reply* reply, void** stream);
  /* The next message, at most octets_max, asked for when the one before has gone out. 1: more
   * follow; 0: this was the last; negative: the stream fails, the connection is closed. */
  int32_t (*stream_next)(void* stream, struct windlass_reply* reply);
  void (*stream_close)(void* stream); /* always, also when the peer has gone; on the same thread */
};

/* The one symbol. NULL: the plugin refuses this host. */
typedef const struct windlass_plugin* windlass_plugin_entry(uint32_t host_major,
                                                            uint32_t host_minor);

#ifdef __cplusplus
}
#endif
#endif
