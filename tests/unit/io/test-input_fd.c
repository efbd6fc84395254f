/* Inputs that are packed, by the programs themselves. */
#define _DEFAULT_SOURCE
#include "memprof/io/input_fd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memprof/base/number.h"
#include "unit.h"

static const char text[] = "GC: total: 16064, used: 464, free: 15600\n";

static int read_input(const char *name, char *ret, size_t room)
{
	int fd = input_open(name, 0);

	assert_true(fd > STDERR_FILENO);
	ssize_t n = read(fd, ret, room);
	close(fd);
	assert_true(n >= 0);
	return (int)n;
}

UNIT_TEST(packed)
{
	static const char *const programs[] = { "gzip", "xz", "zstd" };
	char folder[] = "/tmp/memprof-test-XXXXXX", name[64], command[160], bytes[256];

	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		snprintf(name, sizeof(name), "%s/-%s", folder, programs[i]);
		snprintf(command, sizeof(command), "printf '%%s' '%s' | %s -c >%s", text, programs[i], name);
		assert_int_equal(system(command), 0);
		assert_int_equal(read_input(name, bytes, sizeof(bytes)), strlen(text));
		assert_memory_equal(bytes, text, strlen(text));
		assert_false(input_is_file(name)); /* others would get what is packed */
		snprintf(command, sizeof(command), "%s/cut", folder);
		FILE *packed = fopen(name, "r"), *cut = fopen(command, "w");
		assert_true(packed && cut);
		size_t n = fread(bytes, 1, sizeof(bytes), packed);
		fwrite(bytes, 1, n / 2, cut);
		fclose(packed);
		fclose(cut);
		char as_it_is[256];
		assert_int_equal(read_input(command, as_it_is, sizeof(as_it_is)), n / 2);
		assert_memory_equal(as_it_is, bytes, n / 2);
		unlink(command);
		unlink(name);
	}
	rmdir(folder);
}
