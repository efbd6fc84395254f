#define _GNU_SOURCE /* nftw, seteuid */
#include "scratch.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sample.h"
#include "unit.h"

enum { NOBODY = 65534, N_PATHS = 8 };

/* In memory where that is possible: recordings wait for a disk after each change. */
static char root[] = "/dev/shm/memprof-test-XXXXXX";
static const char root_on_disk[] = "/tmp/memprof-test-XXXXXX";

int scratch_make(void **state)
{
	(void)state;
	if (access("/dev/shm", W_OK) < 0)
		memcpy(root, root_on_disk, sizeof(root_on_disk));
	return mkdtemp(root) && chmod(root, 0755) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

int scratch_remove(void **state)
{
	(void)state;
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *scratch_path(const char *name)
{
	static char paths[N_PATHS][256];
	static unsigned i;
	char *path = paths[i++ % N_PATHS];

	assert_in_range(snprintf(path, sizeof(paths[0]), "%s/%s", root, name), 1, sizeof(paths[0]) - 1);
	return path;
}

const char *scratch_write(const char *name, const void *bytes, size_t n_bytes)
{
	const char *path = scratch_path(name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n_bytes, file), n_bytes);
	assert_int_equal(fclose(file), 0);
	return path;
}

const char *scratch_text(const char *name, const char *text) { return scratch_write(name, text, strlen(text)); }

const char *scratch_folder(const char *name)
{
	const char *path = scratch_path(name);

	assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
	return path;
}

const char *scratch_cut(const char *name, size_t n_bytes)
{
	const char *slash = strrchr(name, '/');
	struct sample sample;

	sample_read(name, &sample);
	assert_true(n_bytes <= sample.n_bytes);
	const char *path = scratch_write(slash ? slash + 1 : name, sample.bytes, n_bytes);
	sample_free(&sample);
	return path;
}

static void check_unreadable(int (*read)(const char *path, struct diag *diag), const char *path, int error,
			     const char *words)
{
	struct diag diag = { .text = "" };
	int r = read(path, &diag);

	if (r != error || !strstr(diag.text, words) || !diag.at.file || strcmp(diag.at.file, path) != 0)
		fail_msg("%s: %d, '%s' in %s; expected %d, '%s'", path, r, diag.text,
			 diag.at.file ? diag.at.file : "(none)", error, words);
}

void scratch_check_unreadable(int (*read)(const char *path, struct diag *diag))
{
	bool is_root = geteuid() == 0;

	check_unreadable(read, scratch_path("missing"), -ENOENT, strerror(ENOENT));
	check_unreadable(read, scratch_folder("folder"), -EISDIR, "irectory");
	const char *locked = scratch_text("locked", "text");
	assert_int_equal(chmod(locked, 0), 0);
	if (is_root)
		assert_int_equal(seteuid(NOBODY), 0);
	check_unreadable(read, locked, -EACCES, strerror(EACCES));
	if (is_root)
		assert_int_equal(seteuid(0), 0);
}
