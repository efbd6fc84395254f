#define _DEFAULT_SOURCE
#include "memprof/io/blob.h"

#include <unistd.h>

#include "unit.h"

static char folder[] = "/tmp/memprof-test-blob-XXXXXX";
static char path[64];

static int make(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/file", folder);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void write_file(size_t n_bytes)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	for (size_t i = 0; i < n_bytes; i++)
		fputc((int)(i % 251), file);
	assert_int_equal(fclose(file), 0);
}

UNIT_GROUP(make, clean)

UNIT_TEST(files_of_any_size)
{
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 300000 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct blob blob;
		write_file(sizes[i]);
		assert_int_equal(blob_read(path, &blob, NULL), 0);
		assert_int_equal(blob.n_bytes, sizes[i]);
		for (size_t k = 0; k < sizes[i]; k += 997)
			assert_int_equal((unsigned char)blob.bytes[k], k % 251);
		assert_int_equal(blob.bytes[sizes[i]], 0);
		blob_deinit(&blob);
		blob_deinit(&blob);
	}
}

UNIT_TEST(a_pipe_to_its_end)
{
	struct blob blob;
	int fds[2], kept = dup(STDIN_FILENO);

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "Memory region", 13), 13);
	close(fds[1]);
	dup2(fds[0], STDIN_FILENO);
	assert_int_equal(blob_read("-", &blob, NULL), 0);
	assert_string_equal(blob.bytes, "Memory region");
	blob_deinit(&blob);
	close(fds[0]);
	dup2(kept, STDIN_FILENO);
	close(kept);
}

UNIT_TEST(what_cannot_be_read)
{
	struct blob blob = { .n_bytes = 7 };
	struct diag diag = { 0 };

	assert_int_equal(blob_read("/tmp/memprof/nowhere", &blob, &diag), -ENOENT);
	assert_non_null(strstr(diag.text, "cannot open"));
	assert_int_equal(blob_read(folder, &blob, &diag), -EISDIR);
	assert_string_equal(diag.at.file, folder);
	assert_int_equal(blob.n_bytes, 7);
	write_file(1);
	assert_int_equal(truncate(path, (off_t)BLOB_MAX_BYTES + 1), 0);
	assert_int_equal(blob_read(path, &blob, &diag), -EFBIG);
	assert_non_null(strstr(diag.text, "1024 MiB"));
}

UNIT_TEST(first_bytes_of_files_only)
{
	char begin[4] = "";
	int ends[2];
	char name[32];

	write_file(10);
	assert_int_equal(blob_begin(path, begin, 4), 4);
	write_file(3);
	assert_int_equal(blob_begin(path, begin, 4), 3);
	assert_int_equal(blob_begin(folder, begin, 4), 0);
	assert_int_equal(blob_begin("/tmp/memprof/nowhere", begin, 4), 0);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "text", 4), 4);
	snprintf(name, sizeof(name), "/dev/fd/%d", ends[0]);
	assert_int_equal(blob_begin(name, begin, 4), 0);
	assert_int_equal(read(ends[0], begin, 4), 4);
	close(ends[0]);
	close(ends[1]);
}
