#include "unpack.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "memprof/base/number.h"
#include "memprof/io/blob.h"
#include "memprof/io/filter.h"

/* The programs that unpack to standard output; by the first bytes. */
static const struct packer {
	const char *magic;
	size_t n_bytes;
	const char *program;
} packers[] = {
	{ "\x1f\x8b", 2, "gzip" },
	{ "\xfd"
	  "7zXZ",
	  5, "xz" },
	{ "\x28\xb5\x2f\xfd", 4, "zstd" },
};

static const struct packer *packer_of(int fd)
{
	char head[8];

	if (lseek(fd, 0, SEEK_CUR) != 0) /* a pipe gives them once */
		return NULL;
	ssize_t n = read(fd, head, sizeof(head));
	lseek(fd, 0, SEEK_SET);
	for (size_t i = 0; i < ARRAY_SIZE(packers); i++)
		if (n >= (ssize_t)packers[i].n_bytes && memcmp(head, packers[i].magic, packers[i].n_bytes) == 0)
			return &packers[i];
	return NULL;
}

bool unpack_is_packed(int fd) { return packer_of(fd) != NULL; }

int unpack(int fd, const char *name, int to)
{
	enum { TIMEOUT_MS = 10 * 60 * 1000 };
	const char *const argv[] = { packer_of(fd)->program, "-dc", "--", name, NULL };
	const struct filter filter = { .argv = argv, .output_max_bytes = BLOB_MAX_BYTES, .timeout_ms = TIMEOUT_MS };
	struct filter_result result;
	int r = filter_run(&filter, &result);
	size_t n_written = 0;

	while (r == 0 && result.exit_code == 0 && n_written < result.output.n_bytes) {
		ssize_t n = write(to, result.output.text + n_written, result.output.n_bytes - n_written);
		r = n < 0 ? -errno : 0;
		n_written += n < 0 ? 0 : (size_t)n;
	}
	if (r == 0 && result.exit_code != 0)
		r = -EINVAL;
	filter_result_deinit(&result);
	return r;
}
