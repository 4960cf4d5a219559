"""What happens to the files of a store in the tests: cut off, overwritten, flipped, filled, held by another program."""
import ctypes
import os
import random
import shutil

from ..internet.servers import die_with_parent

PAGE = 4096
NEW_MOUNTS, RECURSIVE, PRIVATE = 0x20000, 0x4000, 0x40000       # CLONE_NEWNS, MS_REC, MS_PRIVATE
NO_THREADS, READ_ONLY = 0x200000, 0x20000                       # MDB_NOTLS, MDB_RDONLY
READERS_FULL = -30790


def overwrite(path, offset, octets):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(octets)


def flip(path, offset, mask=0xFF):
    """Turns bits of one octet over; returns what undoes it."""
    with open(path, "r+b") as file:
        file.seek(offset)
        octet = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([octet ^ mask]))
    return lambda: overwrite(path, offset, bytes([octet]))


def cut(path, octets):
    os.truncate(path, octets)


def noise(path, octets):
    """All but so many octets at the front becomes noise."""
    overwrite(path, octets, random.Random(1).randbytes(os.path.getsize(path) - octets))


def used_octets(path):
    """Offsets of octets that are not zero: what a flip changes matters most there."""
    with open(path, "rb") as file:
        content = file.read()
    return [offset for offset, octet in enumerate(content) if octet]


def sample_offsets(path, count, seed):
    """Half anywhere in the file, half where something stands, both meta pages always."""
    rng, size, used = random.Random(seed), os.path.getsize(path), used_octets(path)
    first = [offset for offset in used if offset < 2 * PAGE]
    return ([rng.randrange(size) for _ in range(count // 3)] + rng.choices(used, k=count // 3)
            + rng.choices(first, k=count - 2 * (count // 3)))


def copy_store(source, target):
    shutil.copytree(source, target, dirs_exist_ok=True)


def small_disk(folder, octets):
    """For Popen(preexec_fn=): `folder` is a tmpfs of so many octets, seen by the new process alone. Needs root."""
    libc = ctypes.CDLL(None, use_errno=True)

    def mounted():
        die_with_parent()
        if libc.unshare(NEW_MOUNTS) != 0 or libc.mount(b"none", b"/", None, RECURSIVE | PRIVATE, None) != 0 \
                or libc.mount(b"tmpfs", folder.encode(), b"tmpfs", 0, f"size={octets}".encode()) != 0:
            raise OSError(ctypes.get_errno(), "cannot mount a tmpfs")
    return mounted


def only_table(name):
    """Puts an LMDB file with one empty table in place of a file."""
    def harm(path):
        for file in (path, path + "-lock"):
            if os.path.exists(file):
                os.unlink(file)
        lmdb = Lmdb(path)
        lmdb.make_table(name)
        lmdb.close()
    return harm


class Lmdb:
    """liblmdb spoken to directly: a foreign program on the same store."""

    def __init__(self, path, flags=0, tables=64):
        self.library = ctypes.CDLL("liblmdb.so.0")
        self.env, self.transactions = ctypes.c_void_p(), []
        self._must(self.library.mdb_env_create(ctypes.byref(self.env)))
        self._must(self.library.mdb_env_set_maxdbs(self.env, tables))
        self._must(self.library.mdb_env_set_mapsize(self.env, ctypes.c_size_t(1 << 30)))
        self._must(self.library.mdb_env_open(self.env, path.encode(), 0x4000 | flags, 0o600))      # MDB_NOSUBDIR

    def _must(self, code):
        if code != 0:
            raise OSError(code, f"liblmdb says {code}")

    def make_table(self, name):
        transaction, table = ctypes.c_void_p(), ctypes.c_uint()
        self._must(self.library.mdb_txn_begin(self.env, None, 0, ctypes.byref(transaction)))
        self._must(self.library.mdb_dbi_open(transaction, name.encode(), 0x40000, ctypes.byref(table)))     # MDB_CREATE
        self._must(self.library.mdb_txn_commit(transaction))

    def fill_readers(self, most=100_000):
        """Begins read transactions until no slot is left; how many."""
        for count in range(most):
            transaction = ctypes.c_void_p()
            code = self.library.mdb_txn_begin(self.env, None, READ_ONLY, ctypes.byref(transaction))
            if code == READERS_FULL:
                return count
            self._must(code)
            self.transactions.append(transaction)
        return most

    def close(self):
        for transaction in self.transactions:
            self.library.mdb_txn_abort(transaction)
        self.transactions = []
        self.library.mdb_env_close(self.env)
