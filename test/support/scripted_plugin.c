/* A plugin in plain C that answers one zone and does what its configuration tells it to, mistakes
 * included.
 *
 *   {"zone": "home.example.",    every name in it has the A record `address`
 *    "address": "192.0.2.53",
 *    "act": "answer",            or: short, long, stranger, odd, referral, chase, lost (a CHASE to
 *                                nowhere), pending, twice (completes, then again), mistaken
 *                                (completes with another ID), mute (never completes), drop, error,
 * not_mine "times": 0,                 how many answers `act` is for, then it answers; 0: all
 *    "refuse": "text",           create fails with this
 *    "absent": 0,                how many thread_enter fail
 *    "unready": 0,               how many times ready() says no
 *    "keep": 0,                  TTL of answers that the host may keep; 0: it may not
 *    "alias": "name.",           where a CHASE leads
 *    "trace": "/path"}           one line a call of its life, with the thread's name
 *
 * AXFR is a stream of `messages` (default 3) messages of `octets` (default 60) each; the act
 * "broken" fails the second, "closed" refuses the transfer. Commands: see the table below. A TXT
 * question counts the answers made.
 *
 * Compiled with SCRIPTED_FLAW set, the module itself is wrong (see below and meson.build). */
#define _POSIX_C_SOURCE 199309L /* nanosleep */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "windlass/plugin.h"

#define FLAW_NONE 0
#define FLAW_MAJOR 1    /* speaks ABI 2.0 */
#define FLAW_SYMBOL 2   /* does not export the symbol */
#define FLAW_REFUSES 3  /* gives no descriptor */
#define FLAW_SHORT 4    /* a descriptor cut off before its calls */
#define FLAW_LACKS 5    /* no match */
#define FLAW_YOUNGER 6  /* ABI 1.7, fields behind those of 1.0 */
#define FLAW_COMMANDS 7 /* a table of commands that is wrong */
#ifndef SCRIPTED_FLAW
#define SCRIPTED_FLAW FLAW_NONE
#endif

enum { header_octets = 12, opt_octets = 11, counter_answers = 0, counter_batches = 1 };

struct scripted {
  const struct windlass_host* host;
  uint8_t zone[256];
  size_t zone_octets;
  uint32_t zone_labels;
  uint8_t address[4];
  uint8_t alias[256];
  size_t alias_octets;
  char act[16], trace[512];
  long times, absent, unready, keep, messages, octets;
  uint64_t generation; /* of slot 0; read by the host */
  uint32_t made;       /* answers */
};

/* One AXFR. */
struct transfer {
  const struct scripted* self;
  uint8_t question[300];
  size_t question_octets;
  uint8_t id[2];
  long left;
};

/* A question that is answered from a timer. */
struct promise {
  const struct windlass_host* host;
  uint64_t ticket;
  uint8_t message[600];
  size_t octets;
  int twice;
};

/* The text of a key's value, without quotes; 0 when there is no such key. Enough for flat objects
 * without escapes. */
static int value_of(const char* json, const char* key, char* out, size_t octets_max) {
  char quoted[32];
  size_t n = 0;
  const char* at;
  snprintf(quoted, sizeof quoted, "\"%s\"", key);
  at = strstr(json, quoted);
  if (at == NULL) return 0;
  at += strlen(quoted);
  at += strspn(at, " :");
  if (*at == '"') ++at;
  while (n + 1 < octets_max && *at != '\0' && strchr("\",}", *at) == NULL) out[n++] = *at++;
  out[n] = '\0';
  return 1;
}

static long number_of(const char* json, const char* key) {
  char text[16];
  return value_of(json, key, text, sizeof text) ? strtol(text, NULL, 10) : 0;
}

/* Presentation form without escapes to wire form; 0 when it is no name. */
static size_t to_wire(const char* text, uint8_t* wire, uint32_t* labels) {
  size_t n = 0;
  *labels = 0;
  if (strcmp(text, ".") == 0) ++text;
  while (*text != '\0') {
    const size_t octets = strcspn(text, ".");
    if (octets == 0 || octets > 63 || n + octets + 2 > 255) return 0;
    wire[n++] = (uint8_t)octets;
    memcpy(wire + n, text, octets);
    n += octets;
    text += octets;
    if (*text == '.') ++text;
    ++*labels;
  }
  wire[n++] = 0;
  return n;
}

static int refuse(struct windlass_fault* fault, const char* text, const char* pointer) {
  snprintf(fault->text, sizeof fault->text, "%s", text);
  snprintf(fault->pointer, sizeof fault->pointer, "%s", pointer);
  return 1;
}

static void trace(const struct scripted* self, const char* call) {
  char thread[17] = "";
  FILE* file = self->trace[0] != '\0' ? fopen(self->trace, "a") : NULL;
  if (file == NULL) return;
  prctl(PR_GET_NAME, thread, 0, 0, 0);
  fprintf(file, "%s %s\n", call, thread);
  fclose(file);
}

static int32_t config_check(const struct windlass_config* config, struct windlass_fault* fault) {
  char zone[256];
  uint8_t wire[256];
  uint32_t labels;
  if (!value_of(config->json, "zone", zone, sizeof zone)) return refuse(fault, "no zone given", "");
  return to_wire(zone, wire, &labels) == 0 ? refuse(fault, "this is no zone name", "/zone") : 0;
}

static int32_t create(const struct windlass_host* host, const struct windlass_config* config,
                      void** instance, struct windlass_fault* fault) {
  char text[256];
  unsigned a[4] = {192, 0, 2, 53};
  size_t i;
  struct scripted* self;
  if (value_of(config->json, "refuse", text, sizeof text)) return refuse(fault, text, "");
  self = calloc(1, sizeof *self);
  if (self == NULL) return refuse(fault, "out of memory", "");
  self->host = host;
  value_of(config->json, "zone", text, sizeof text);
  self->zone_octets = to_wire(text, self->zone, &self->zone_labels);
  if (value_of(config->json, "address", text, sizeof text))
    sscanf(text, "%3u.%3u.%3u.%3u", &a[0], &a[1], &a[2], &a[3]);
  for (i = 0; i < 4; ++i) self->address[i] = (uint8_t)a[i];
  if (!value_of(config->json, "act", self->act, sizeof self->act))
    snprintf(self->act, sizeof self->act, "answer");
  value_of(config->json, "trace", self->trace, sizeof self->trace);
  if (value_of(config->json, "alias", text, sizeof text)) {
    uint32_t labels;
    self->alias_octets = to_wire(text, self->alias, &labels);
  }
  self->times = number_of(config->json, "times");
  self->unready = number_of(config->json, "unready");
  self->keep = number_of(config->json, "keep");
  self->messages = number_of(config->json, "messages");
  self->octets = number_of(config->json, "octets");
  if (self->messages == 0) self->messages = 3;
  if (self->octets < 60) self->octets = 60;
  self->generation = 1;
  self->absent = number_of(config->json, "absent");
  host->log(host->context, WINDLASS_LOG_INFO, "scripted:\nready to play");
  trace(self, "create");
  *instance = self;
  return 0;
}

static int32_t thread_enter(void* instance, uint32_t worker, void** thread) {
  struct scripted* self = instance;
  (void)worker;
  if (self->absent > 0) return (int32_t)self->absent--;
  trace(self, "enter");
  *thread = self;
  return 0;
}

static void thread_leave(void* instance, void* thread) {
  (void)thread;
  trace(instance, "leave");
}

static void batch_begin(void* thread) {
  struct scripted* self = thread;
  self->host->count(self->host->context, counter_batches, 1);
  trace(self, "begin");
}

static void batch_end(void* thread) {
  trace(thread, "end");
}

static uint8_t lower(uint8_t octet) {
  return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet + 32) : octet;
}

static uint32_t match(void* thread, const uint8_t* name, size_t name_octets) {
  const struct scripted* self = thread;
  size_t i, at = 0;
  while (name_octets - at > self->zone_octets) at += name[at] + 1u;
  if (name_octets - at != self->zone_octets) return 0;
  for (i = 0; i < self->zone_octets; ++i)
    if (lower(name[at + i]) != lower(self->zone[i])) return 0;
  return self->zone_labels + 1;
}

static size_t put_answer(const struct scripted* self, const struct windlass_query* query,
                         uint8_t* out) {
  static const uint8_t fixed[] = {0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4};
  static const uint8_t opt[opt_octets] = {0, 0, 41, 4, 208};
  const size_t question_octets = query->name_octets + 4;
  const int edns = query->message[11] != 0, has_address = query->type == 1;
  size_t n = header_octets;
  memset(out, 0, header_octets);
  memcpy(out, query->message, 2);
  out[2] = (uint8_t)(0x84 | (query->message[2] & 1)); /* QR, AA, RD as asked */
  out[5] = 1;
  out[7] = (uint8_t)has_address;
  out[11] = (uint8_t)edns;
  memcpy(out + n, query->name, question_octets);
  n += question_octets;
  if (has_address) {
    memcpy(out + n, fixed, sizeof fixed);
    memcpy(out + n + sizeof fixed, self->address, 4);
    n += sizeof fixed + 4;
  }
  if (query->type == 16) { /* TXT "n": how many answers were made */
    static const uint8_t txt[] = {0xC0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0};
    char digits[12];
    const size_t octets = (size_t)snprintf(digits, sizeof digits, "%u", (unsigned)self->made);
    out[7] = 1;
    memcpy(out + n, txt, sizeof txt);
    n += sizeof txt;
    out[n++] = (uint8_t)(octets + 1);
    out[n++] = (uint8_t)octets;
    memcpy(out + n, digits, octets);
    n += octets;
  }
  if (edns) memcpy(out + n, opt, opt_octets), n += opt_octets;
  return n;
}

static int32_t misbehave(const char* act, struct windlass_reply* reply) {
  if (strcmp(act, "short") == 0) return reply->octets_written = header_octets - 1, WINDLASS_DONE;
  if (strcmp(act, "long") == 0) return reply->octets_written = reply->octets_max + 1, WINDLASS_DONE;
  if (strcmp(act, "stranger") == 0)
    return reply->octets[0] = (uint8_t)(reply->octets[0] ^ 1), WINDLASS_DONE;
  if (strcmp(act, "odd") == 0) return 99;
  if (strcmp(act, "referral") == 0) return WINDLASS_REFERRAL;
  if (strcmp(act, "lost") == 0) return WINDLASS_CHASE;
  if (strcmp(act, "drop") == 0) return WINDLASS_DROP;
  if (strcmp(act, "not_mine") == 0) return WINDLASS_NOT_MINE;
  return WINDLASS_ERROR;
}

static void keep_promise(void* data) {
  struct promise* one = data;
  int times;
  for (times = 0; times <= one->twice; ++times)
    one->host->complete(one->host->context, one->ticket, WINDLASS_DONE, one->message, one->octets);
  free(one);
}

/* PENDING, and the answer 20 ms later from a thread of the host's. */
static int32_t promise(const struct scripted* self, const struct windlass_query* query,
                       const struct windlass_reply* reply) {
  struct promise* one;
  if (strcmp(self->act, "mute") == 0 || query->ticket == 0) return WINDLASS_PENDING;
  one = calloc(1, sizeof *one);
  if (one == NULL || reply->octets_written > sizeof one->message) return free(one), WINDLASS_ERROR;
  one->host = self->host;
  one->ticket = query->ticket;
  one->octets = reply->octets_written;
  one->twice = strcmp(self->act, "twice") == 0;
  memcpy(one->message, reply->octets, one->octets);
  if (strcmp(self->act, "mistaken") == 0) one->message[1] ^= 1;
  if (self->host->timer(self->host->context, 20, keep_promise, one) != 0)
    return free(one), WINDLASS_ERROR;
  return WINDLASS_PENDING;
}

/* The answer so far: a CNAME from the question's name to the alias. */
static int32_t chase(const struct scripted* self, const struct windlass_query* query,
                     struct windlass_reply* reply) {
  static const uint8_t cname[] = {0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0};
  uint8_t* out = reply->octets + header_octets + query->name_octets + 4;
  memcpy(out, cname, sizeof cname);
  out[sizeof cname] = (uint8_t)self->alias_octets;
  memcpy(out + sizeof cname + 1, self->alias, self->alias_octets);
  reply->octets[7] = 1;
  reply->octets[11] = 0;
  reply->octets_written =
      header_octets + query->name_octets + 4 + sizeof cname + 1 + self->alias_octets;
  reply->next = self->alias;
  reply->next_octets = self->alias_octets;
  return WINDLASS_CHASE;
}

static int32_t answer(void* thread, const struct windlass_query* query,
                      struct windlass_reply* reply) {
  struct scripted* self = thread;
  self->host->count(self->host->context, counter_answers, 1);
  self->host->count(self->host->context, 77, 1); /* no such counter: must be ignored */
  if (header_octets + query->name_octets + 4 + 16 + opt_octets > reply->octets_max)
    return WINDLASS_ERROR;
  ++self->made;
  reply->cacheable = self->keep != 0;
  reply->ttl_max_s = (uint32_t)self->keep;
  reply->generation = __atomic_load_n(&self->generation, __ATOMIC_ACQUIRE);
  reply->octets_written = put_answer(self, query, reply->octets);
  if (strcmp(self->act, "answer") == 0) return WINDLASS_DONE;
  if (strcmp(self->act, "chase") == 0) return chase(self, query, reply);
  if (strcmp(self->act, "pending") == 0 || strcmp(self->act, "twice") == 0 ||
      strcmp(self->act, "mistaken") == 0 || strcmp(self->act, "mute") == 0)
    return promise(self, query, reply);
  if (self->times > 0 && --self->times == 0) {
    const int32_t said = misbehave(self->act, reply);
    snprintf(self->act, sizeof self->act, "answer");
    return said;
  }
  return misbehave(self->act, reply);
}

static const uint64_t* generations(void* instance, uint32_t* count) {
  const struct scripted* self = instance;
  *count = 1;
  return &self->generation;
}

static int32_t stream_open(void* thread, const struct windlass_query* query,
                           struct windlass_reply* reply, void** stream) {
  struct scripted* self = thread;
  struct transfer* made;
  if (strcmp(self->act, "closed") == 0) {
    reply->octets_written = put_answer(self, query, reply->octets);
    reply->octets[3] = (uint8_t)((reply->octets[3] & 0xF0) | 5); /* REFUSED */
    return WINDLASS_DONE;
  }
  if (strcmp(self->act, "not_mine") == 0) return WINDLASS_NOT_MINE;
  made = calloc(1, sizeof *made);
  if (made == NULL) return WINDLASS_ERROR;
  made->self = self;
  made->left = self->messages;
  made->question_octets = query->name_octets + 4;
  memcpy(made->question, query->name, made->question_octets);
  memcpy(made->id, query->message, 2);
  trace(self, "open");
  *stream = made;
  return WINDLASS_DONE;
}

/* The question and a TXT record that fills the message. */
static int32_t stream_next(void* stream, struct windlass_reply* reply) {
  static const uint8_t txt[] = {0xC0, 12, 0, 16, 0, 1, 0, 0, 0, 60};
  struct transfer* of = stream;
  uint8_t* out = reply->octets;
  size_t n = header_octets, data_octets;
  if (strcmp(of->self->act, "broken") == 0 && of->left < of->self->messages) return -1;
  memset(out, 0, (size_t)of->self->octets);
  memcpy(out, of->id, 2);
  out[2] = 0x84;
  out[5] = 1;
  out[7] = 1;
  memcpy(out + n, of->question, of->question_octets);
  n += of->question_octets;
  memcpy(out + n, txt, sizeof txt);
  n += sizeof txt;
  data_octets = (size_t)of->self->octets - n - 2;
  out[n++] = (uint8_t)(data_octets >> 8);
  out[n++] = (uint8_t)(data_octets & 0xFF);
  while (data_octets > 0) {
    const size_t octets = data_octets > 256 ? 255 : data_octets - 1;
    out[n] = (uint8_t)octets;
    n += octets + 1;
    data_octets -= octets + 1;
  }
  reply->octets_written = n;
  return --of->left > 0;
}

static void stream_close(void* stream) {
  struct transfer* of = stream;
  trace(of->self, "close");
  free(of);
}

static const char commands[] =
    "[{\"name\":\"play say\",\"arguments\":\"WORD "
    "[FILE]\",\"least\":1,\"most\":2,\"shape\":\"fields\","
    "\"help\":\"Says its words.\"},"
    "{\"name\":\"play count\",\"arguments\":\"NUMBER\",\"least\":1,\"most\":1,\"shape\":\"table\","
    "\"help\":\"So many rows.\"},"
    "{\"name\":\"play wait\",\"arguments\":\"MS\",\"least\":1,\"most\":1,\"shape\":\"lines\","
    "\"help\":\"Works so long and tells how far it is.\"},"
    "{\"name\":\"play bump\",\"shape\":\"lines\",\"help\":\"Another generation.\"},"
    "{\"name\":\"play torn\",\"shape\":\"lines\",\"help\":\"A row that is no JSON.\"},"
    "{\"name\":\"ping\",\"shape\":\"lines\",\"help\":\"The host's own wins.\"}]";

static int say(const struct windlass_command* command, const char* text) {
  return command->put(command->context, text, strlen(text));
}

static void nap(long ms) {
  struct timespec time;
  time.tv_sec = ms / 1000;
  time.tv_nsec = ms % 1000 * 1000000;
  nanosleep(&time, NULL);
}

static int32_t work_for(const struct windlass_command* command, long ms) {
  long done;
  char text[64];
  for (done = 0; done < ms; done += 50) {
    snprintf(text, sizeof text, "%ld of %ld ms", done, ms);
    if (command->progress(command->context, text) != 0) return 1;
    nap(50);
  }
  return say(command, "{\"answer\":\"worked\"}");
}

static int32_t count_to(const struct windlass_command* command, long most) {
  long i;
  char row[80];
  for (i = 0; i < most; ++i) {
    snprintf(row, sizeof row, "{\"row\":%ld,\"text\":\"row number %ld\"}", i, i);
    if (say(command, row) != 0) return 1;
  }
  return 0;
}

static int32_t control(void* instance, const struct windlass_command* command,
                       struct windlass_fault* fault) {
  struct scripted* self = instance;
  const char* const word = command->words[1];
  const long number = command->word_count > 2 ? strtol(command->words[2], NULL, 10) : 0;
  char row[1024];
  int32_t gone;
  trace(self, word);
  if (strcmp(word, "torn") == 0) return say(command, "{\"torn\":"), 0;
  if (strcmp(word, "count") == 0)
    return trace(self, (gone = count_to(command, number)) ? "gone" : "counted"), gone;
  if (strcmp(word, "wait") == 0)
    return trace(self, (gone = work_for(command, number)) ? "gone" : "worked"), gone;
  if (strcmp(word, "bump") == 0) {
    ++self->address[3];
    __atomic_store_n(&self->generation, self->generation + 1, __ATOMIC_RELEASE);
    return say(command, "{\"answer\":\"bumped\"}");
  }
  if (strcmp(command->words[2], "no") == 0) return refuse(fault, "it will not say no", "");
  snprintf(row, sizeof row, "{\"word\":\"%.300s\",\"file\":\"%.600s\"}", command->words[2],
           command->word_count > 3 ? command->words[3] : "");
  return say(command, row);
}

static int32_t ready(void* instance) {
  struct scripted* self = instance;
  return self->unready > 0 ? (--self->unready, 0) : 1;
}

static void quiesce(void* instance) {
  trace(instance, "quiesce");
}

static void destroy(void* instance) {
  trace(instance, "destroy");
  free(instance);
}

static const char* const counters[] = {"answers_total", "batches_total"};

static struct windlass_plugin descriptor(void) {
  struct windlass_plugin made;
  memset(&made, 0, sizeof made);
  made.size = sizeof made;
  made.major = WINDLASS_PLUGIN_MAJOR;
  made.minor = WINDLASS_PLUGIN_MINOR;
  made.counter_count = 2;
  made.name = "scripted";
  made.version = "1.2.3";
  made.counters = counters;
  made.config_check = config_check;
  made.create = create;
  made.thread_enter = thread_enter;
  made.thread_leave = thread_leave;
  made.batch_begin = batch_begin;
  made.batch_end = batch_end;
  made.match = match;
  made.answer = answer;
  made.commands =
      SCRIPTED_FLAW == FLAW_COMMANDS ? "[{\"name\":\"play\",\"shape\":\"song\"}]" : commands;
  made.control = control;
  made.ready = ready;
  made.generations = generations;
  made.stream_open = stream_open;
  made.stream_next = stream_next;
  made.stream_close = stream_close;
  made.quiesce = quiesce;
  made.destroy = destroy;
  return made;
}

#if SCRIPTED_FLAW == FLAW_SYMBOL
#define ENTRY windlass_plugin_v0
#else
#define ENTRY windlass_plugin_v1
#endif
WINDLASS_PLUGIN_EXPORT const struct windlass_plugin* ENTRY(uint32_t host_major,
                                                           uint32_t host_minor);

const struct windlass_plugin* ENTRY(uint32_t host_major, uint32_t host_minor) {
  static struct {
    struct windlass_plugin known;
    void* later[4];
  } made;
  made.known = descriptor();
  (void)host_minor;
  if (host_major != WINDLASS_PLUGIN_MAJOR || SCRIPTED_FLAW == FLAW_REFUSES) return NULL;
  if (SCRIPTED_FLAW == FLAW_MAJOR) made.known.major = 2;
  if (SCRIPTED_FLAW == FLAW_SHORT) made.known.size = offsetof(struct windlass_plugin, create);
  if (SCRIPTED_FLAW == FLAW_LACKS) made.known.match = NULL;
  if (SCRIPTED_FLAW == FLAW_YOUNGER) made.known.minor = 7, made.known.size = sizeof made;
  return &made.known;
}
