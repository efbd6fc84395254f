#include "fault_vfs.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_FILES = 8, NAME_BYTES = 200, N_REGIONS = 16, SECTOR = 512 };

struct bytes {
	uint8_t *at;
	size_t n;
};

/* A write or a truncation that is not synced. */
struct op {
	bool is_truncation;
	size_t offset; /* or the new size */
	struct bytes bytes;
};

struct file {
	char name[NAME_BYTES]; /* "": free */
	struct bytes now, synced;
	bool is_deleted, was_synced;
	struct bytes before; /* of another file of this name, which was deleted; the folder may still have it */
	bool has_before;
	bool syncs_folder; /* with its first sync: SQLite's journals and logs do */
	struct op *ops;
	size_t n_ops, n_open;
	void *regions[N_REGIONS];
};

struct handle {
	sqlite3_file base;
	struct file *file;
	bool delete_on_close;
};

struct fault_vfs fault_vfs;
static struct file files[N_FILES];

static void *checked(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static bool fails(void)
{
	fault_vfs.n_ops++;
	return fault_vfs.fail_at &&
	       (fault_vfs.sticky ? fault_vfs.n_ops >= fault_vfs.fail_at : fault_vfs.n_ops == fault_vfs.fail_at);
}

static void resize(struct bytes *b, size_t n)
{
	if (n > b->n) {
		b->at = checked(realloc(b->at, n));
		memset(b->at + b->n, 0, n - b->n);
	}
	b->n = n;
}

static void put(struct bytes *b, size_t offset, const void *bytes, size_t n)
{
	if (offset + n > b->n)
		resize(b, offset + n);
	if (n > 0)
		memcpy(b->at + offset, bytes, n);
}

static void copy(struct bytes *to, const struct bytes *from)
{
	resize(to, 0);
	put(to, 0, from->at, from->n);
}

static void forget_ops(struct file *f)
{
	for (size_t i = 0; i < f->n_ops; i++)
		free(f->ops[i].bytes.at);
	free(f->ops);
	f->ops = NULL;
	f->n_ops = 0;
}

static struct op *add_op(struct file *f)
{
	f->ops = checked(realloc(f->ops, (f->n_ops + 1) * sizeof(*f->ops)));
	f->ops[f->n_ops] = (struct op){ 0 };
	return &f->ops[f->n_ops++];
}

static void free_file(struct file *f)
{
	forget_ops(f);
	free(f->now.at);
	free(f->synced.at);
	free(f->before.at);
	for (size_t i = 0; i < N_REGIONS; i++)
		free(f->regions[i]);
	*f = (struct file){ .name = "" };
}

static struct file *find(const char *name)
{
	for (size_t i = 0; i < N_FILES; i++)
		if (files[i].name[0] && strcmp(files[i].name, name) == 0)
			return &files[i];
	return NULL;
}

static struct file *create(const char *name)
{
	for (size_t i = 0; i < N_FILES; i++) {
		if (files[i].name[0])
			continue;
		snprintf(files[i].name, NAME_BYTES, "%s", name);
		return &files[i];
	}
	abort();
}

/* fsync(2) of the folder: what was deleted does not come back. */
static void sync_folder(void)
{
	for (size_t i = 0; i < N_FILES; i++) {
		files[i].has_before = false;
		if (files[i].is_deleted && files[i].n_open == 0)
			free_file(&files[i]);
	}
}

/* ---- a file ---- */

static struct file *file_of(sqlite3_file *base) { return ((struct handle *)base)->file; }

static int close_file(sqlite3_file *base)
{
	struct handle *h = (struct handle *)base;

	h->file->n_open--;
	if (h->delete_on_close)
		free_file(h->file);
	return SQLITE_OK;
}

static int read_file(sqlite3_file *base, void *to, int n, sqlite3_int64 offset)
{
	const struct bytes *b = &file_of(base)->now;
	size_t at = (size_t)offset, room = (size_t)n, there = at < b->n ? b->n - at : 0;

	there = there < room ? there : room;
	if (there > 0)
		memcpy(to, b->at + at, there);
	memset((char *)to + there, 0, room - there);
	return there == room ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int write_file(sqlite3_file *base, const void *from, int n, sqlite3_int64 offset)
{
	struct file *f = file_of(base);
	struct op *op;

	if (fails()) {
		size_t half = (size_t)n / 2; /* a full disk takes the beginning of it */
		put(&f->now, (size_t)offset, from, half);
		op = add_op(f);
		op->offset = (size_t)offset;
		put(&op->bytes, 0, from, half);
		return fault_vfs.code;
	}
	put(&f->now, (size_t)offset, from, (size_t)n);
	op = add_op(f);
	op->offset = (size_t)offset;
	put(&op->bytes, 0, from, (size_t)n);
	return SQLITE_OK;
}

static int truncate_file(sqlite3_file *base, sqlite3_int64 size)
{
	struct file *f = file_of(base);

	if (fails())
		return SQLITE_IOERR_TRUNCATE;
	resize(&f->now, (size_t)size);
	struct op *op = add_op(f);
	op->is_truncation = true;
	op->offset = (size_t)size;
	return SQLITE_OK;
}

static int sync_file(sqlite3_file *base, int flags)
{
	struct file *f = file_of(base);

	(void)flags;
	if (fails())
		return SQLITE_IOERR_FSYNC;
	copy(&f->synced, &f->now);
	if (f->syncs_folder && !f->was_synced)
		sync_folder();
	f->was_synced = true;
	forget_ops(f);
	return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *ret)
{
	*ret = (sqlite3_int64)file_of(base)->now.n;
	return SQLITE_OK;
}

static int lock(sqlite3_file *base, int level)
{
	(void)base;
	(void)level;
	return SQLITE_OK;
}

static int check_reserved(sqlite3_file *base, int *ret)
{
	(void)base;
	*ret = 0;
	return SQLITE_OK;
}

static int control(sqlite3_file *base, int op, void *argument)
{
	(void)base;
	(void)op;
	(void)argument;
	return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *base)
{
	(void)base;
	return SECTOR;
}

static int characteristics(sqlite3_file *base)
{
	(void)base;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* as SQLite takes all of Unix for */
}

static int shm_map(sqlite3_file *base, int i, int n, int extend, void volatile **ret)
{
	struct file *f = file_of(base);

	if (i >= N_REGIONS)
		return SQLITE_IOERR_SHMMAP;
	if (!f->regions[i] && extend)
		f->regions[i] = checked(calloc(1, (size_t)n));
	*ret = f->regions[i];
	return SQLITE_OK;
}

static int shm_lock(sqlite3_file *base, int offset, int n, int flags)
{
	(void)base;
	(void)offset;
	(void)n;
	(void)flags;
	return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *base) { (void)base; }

static int shm_unmap(sqlite3_file *base, int delete)
{
	struct file *f = file_of(base);

	(void)delete;
	for (size_t i = 0; i < N_REGIONS; i++) {
		free(f->regions[i]);
		f->regions[i] = NULL;
	}
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = close_file,
	.xRead = read_file,
	.xWrite = write_file,
	.xTruncate = truncate_file,
	.xSync = sync_file,
	.xFileSize = file_size,
	.xLock = lock,
	.xUnlock = lock,
	.xCheckReservedLock = check_reserved,
	.xFileControl = control,
	.xSectorSize = sector_size,
	.xDeviceCharacteristics = characteristics,
	.xShmMap = shm_map,
	.xShmLock = shm_lock,
	.xShmBarrier = shm_barrier,
	.xShmUnmap = shm_unmap,
};

/* ---- the file system ---- */

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *ret_flags)
{
	struct handle *h = (struct handle *)base;
	struct file *f = name ? find(name) : NULL;

	(void)vfs;
	h->base.pMethods = NULL;
	if ((!f || f->is_deleted) && !(flags & SQLITE_OPEN_CREATE))
		return SQLITE_CANTOPEN;
	if (!f)
		f = create(name ? name : "(temporary)");
	if (f->is_deleted) { /* a new file */
		f->has_before = f->was_synced;
		copy(&f->before, &f->synced);
		resize(&f->synced, 0);
		forget_ops(f);
	}
	f->was_synced &= !f->is_deleted;
	f->is_deleted = false;
	f->syncs_folder = flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL);
	f->n_open++;
	h->file = f;
	h->delete_on_close = flags & SQLITE_OPEN_DELETEONCLOSE;
	h->base.pMethods = &methods;
	if (ret_flags)
		*ret_flags = flags;
	return SQLITE_OK;
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int is_synced)
{
	struct file *f = find(name);

	(void)vfs;
	if (!f || f->is_deleted)
		return SQLITE_IOERR_DELETE_NOENT;
	if (fails())
		return SQLITE_IOERR_DELETE;
	f->is_deleted = true;
	resize(&f->now, 0);
	add_op(f)->is_truncation = true;
	if (is_synced)
		sync_folder();
	return SQLITE_OK;
}

static int exists(sqlite3_vfs *vfs, const char *name, int flags, int *ret)
{
	const struct file *f = find(name);

	(void)vfs;
	(void)flags;
	*ret = f && !f->is_deleted;
	return SQLITE_OK;
}

static int full_name(sqlite3_vfs *vfs, const char *name, int n, char *ret)
{
	(void)vfs;
	sqlite3_snprintf(n, ret, "%s", name);
	return SQLITE_OK;
}

void fault_vfs_register(void)
{
	static sqlite3_vfs vfs;
	const sqlite3_vfs *real = sqlite3_vfs_find(NULL);

	vfs = (sqlite3_vfs){
		.iVersion = 1,
		.szOsFile = sizeof(struct handle),
		.mxPathname = NAME_BYTES,
		.zName = "fault",
		.xOpen = open_file,
		.xDelete = delete_file,
		.xAccess = exists,
		.xFullPathname = full_name,
		.xRandomness = real->xRandomness,
		.xSleep = real->xSleep,
		.xCurrentTime = real->xCurrentTime,
		.xGetLastError = real->xGetLastError,
	};
	sqlite3_vfs_register(&vfs, 1);
}

void fault_vfs_reset(void)
{
	for (size_t i = 0; i < N_FILES; i++)
		free_file(&files[i]);
	fault_vfs = (struct fault_vfs){ 0 };
}

void fault_vfs_put(const char *name, const uint8_t *bytes, size_t n)
{
	struct file *f = find(name);

	if (f)
		free_file(f);
	f = create(name);
	put(&f->now, 0, bytes, n);
	put(&f->synced, 0, bytes, n);
	f->was_synced = true;
}

size_t fault_vfs_n_open(void)
{
	size_t n = 0;

	for (size_t i = 0; i < N_FILES; i++)
		n += files[i].n_open;
	return n;
}

/* ---- power ---- */

static uint32_t random_of(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* In part: sectors of it, each or not. */
static void tear(struct bytes *to, const struct op *op, uint32_t *state)
{
	for (size_t i = 0; i < op->bytes.n; i += SECTOR) {
		size_t n = op->bytes.n - i < SECTOR ? op->bytes.n - i : SECTOR;
		if (random_of(state) % 2)
			put(to, op->offset + i, op->bytes.at + i, n);
	}
}

void fault_vfs_cut_power(uint32_t seed)
{
	uint32_t state = seed * 2 + 1;

	for (size_t i = 0; i < N_FILES; i++) {
		struct file *f = &files[i];
		if (!f->name[0])
			continue;
		for (size_t k = 0; k < f->n_ops; k++) {
			const struct op *op = &f->ops[k];
			uint32_t what = random_of(&state) % 3;
			if (what == 0)
				continue;
			if (op->is_truncation)
				resize(&f->synced, op->offset);
			else if (what == 1)
				put(&f->synced, op->offset, op->bytes.at, op->bytes.n);
			else
				tear(&f->synced, op, &state);
		}
		forget_ops(f);
		bool is_before = f->has_before && !f->was_synced && random_of(&state) % 2;
		if (is_before)
			copy(&f->synced, &f->before);
		f->was_synced |= is_before;
		f->has_before = false;
		copy(&f->now, &f->synced);
		f->n_open = 0;
		f->is_deleted = f->is_deleted && random_of(&state) % 2;
		if (f->is_deleted || (!f->was_synced && random_of(&state) % 2))
			free_file(f);
	}
	fault_vfs = (struct fault_vfs){ 0 };
}
