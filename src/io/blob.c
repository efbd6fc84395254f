#define _DEFAULT_SOURCE
#include "memprof/io/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memprof/base/number.h"
#include "memprof/io/input_fd.h"

enum { PAGE_BYTES = 1 << 12, LARGE_PAGE_BYTES = 1 << 21 };

/* Much of the time to read a large file is spent on page faults, so request large pages. Only a hint; without effect if
 * it cannot be satisfied, for example with another page size than PAGE_BYTES. */
static void request_large_pages(char *bytes, size_t n_bytes)
{
#ifdef MADV_HUGEPAGE
	size_t before = (uintptr_t)bytes % PAGE_BYTES;

	if (n_bytes >= LARGE_PAGE_BYTES)
		madvise(bytes - before, n_bytes + before, MADV_HUGEPAGE);
#endif
}

/* Reads to the end, and no further than one byte beyond the limit. room: first guess of the size. */
static int read_all(int fd, size_t room, uint64_t max_bytes, struct blob *ret)
{
	for (;;) {
		char *grown = realloc(ret->bytes, room + 1);
		if (!grown)
			return -ENOMEM;
		ret->bytes = grown;
		request_large_pages(grown, room);
		while (ret->n_bytes < room) {
			ssize_t n = read(fd, ret->bytes + ret->n_bytes, room - ret->n_bytes);
			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				return -errno;
			if (n == 0) {
				ret->bytes[ret->n_bytes] = '\0';
				return 0;
			}
			ret->n_bytes += (size_t)n;
		}
		if (ret->n_bytes > max_bytes)
			return -EFBIG;
		room = MIN(room + MAX(room / 2, (size_t)65536), (size_t)max_bytes + 1);
	}
}

static int read_fd(int fd, struct blob *ret)
{
	struct stat st;
	uint64_t guess_bytes = 65536, max_bytes = BLOB_PIPE_MAX_BYTES;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (S_ISREG(st.st_mode)) {
		if ((uint64_t)st.st_size > BLOB_MAX_BYTES)
			return -EFBIG;
		guess_bytes = (uint64_t)st.st_size + 1; /* one more, to detect the end in the first round */
		max_bytes = BLOB_MAX_BYTES;
	}
	return read_all(fd, (size_t)guess_bytes, max_bytes, ret);
}

int blob_read(const char *name, struct blob *ret, struct diag *diag)
{
	struct place at = { .file = name };
	struct blob blob = { .name = name };
	int fd = input_open(name, 0), r = fd < 0 ? fd : read_fd(fd, &blob);

	if (fd > STDERR_FILENO)
		close(fd);
	if (r == 0) {
		blob.is_file = input_is_file(name);
		*ret = blob;
		return 0;
	}
	blob_deinit(&blob);
	if (r == -EISDIR)
		return diag_at(diag, at, r, "is a directory; name a file in it");
	if (r == -EFBIG)
		return diag_at(diag, at, r,
			       "larger than %" PRIu64 " MiB, the limit for files of a firmware, or %" PRIu64
			       " MiB, the limit for a pipe",
			       BLOB_MAX_BYTES >> 20, BLOB_PIPE_MAX_BYTES >> 20);
	return diag_at(diag, at, r, "cannot %s it: %s", fd < 0 ? "open" : "read", strerror(-r));
}

bool blob_read_named(const char *name, struct blob *ret)
{
	struct blob blob = { 0 };
	struct stat st;
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return false;
	bool is_read = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && read_fd(fd, &blob) == 0;
	close(fd);
	if (is_read)
		*ret = blob;
	else
		blob_deinit(&blob);
	return is_read;
}

size_t blob_begin(const char *name, char *ret, size_t n_max)
{
	struct stat st;
	int fd = input_open(name, O_NONBLOCK);

	if (fd < 0)
		return 0;
	off_t start = lseek(fd, 0, SEEK_CUR);
	ssize_t n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? read(fd, ret, n_max) : 0;
	if (n > 0)
		lseek(fd, start, SEEK_SET); /* standard input is read again */
	if (fd > STDERR_FILENO)
		close(fd);
	return n > 0 ? (size_t)n : 0;
}

int blob_check_not_empty(const struct blob *b, const char *expected, struct diag *diag)
{
	if (b->n_bytes > 0)
		return 0;
	return diag_at(diag, (struct place){ .file = b->name }, -EINVAL, "the file is empty; expected %s", expected);
}

const char *blob_sha256(const char *bytes, size_t n_bytes, char ret[BLOB_SHA256_CHARS + 1])
{
	uint8_t sum[SHA256_DIGEST_LENGTH];
	SHA256_CTX hash;

	SHA256Init(&hash);
	SHA256Update(&hash, (const uint8_t *)bytes, n_bytes);
	SHA256Final(sum, &hash);
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(ret + 2 * i, 3, "%02x", sum[i]);
	return ret;
}

void blob_deinit(struct blob *b)
{
	free(b->bytes);
	*b = (struct blob){ 0 };
}
