#define _DEFAULT_SOURCE
#include "golden.h"

#include <unistd.h>

#include "memprof/base/text.h"
#include "tests_dir.h"
#include "unit.h"

static bool blessing(void)
{
	const char *bless = getenv("MEMPROF_BLESS");

	return bless && *bless && strcmp(bless, "0") != 0;
}

static void write_file(const char *path, const struct strbuf *text)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(strbuf_text(text), 1, text->n_bytes, file), text->n_bytes);
	assert_int_equal(fclose(file), 0);
}

/* False if there is no such file, which stands for nothing. */
static bool read_file(const char *path, struct strbuf *ret)
{
	char bytes[4096];
	size_t n;
	FILE *file = fopen(path, "rb");

	if (!file)
		return false;
	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		strbuf_add(ret, bytes, n);
	fclose(file);
	return true;
}

static void show_difference(const char *path, const struct strbuf *text)
{
	CLEANUP(strbuf_deinit) struct strbuf shown = STRBUF_INIT;
	char have[] = "/tmp/memprof-golden-XXXXXX", command[1024], line[1024];
	int fd = mkstemp(have);

	assert_true(fd >= 0);
	close(fd);
	write_file(have, text);
	snprintf(command, sizeof(command), "diff -u --label expected --label printed %s %s",
		 access(path, F_OK) == 0 ? path : "/dev/null", have);
	FILE *diff = popen(command, "r");
	while (diff && fgets(line, sizeof(line), diff) && shown.n_bytes < 8000)
		text_visible(&shown, line, strlen(line), true);
	if (diff)
		pclose(diff);
	unlink(have);
	print_error("%s\n%s", path, strbuf_text(&shown));
}

void golden_assert(const char *name, const struct strbuf *text)
{
	CLEANUP(strbuf_deinit) struct strbuf expected = STRBUF_INIT;
	char path[512];

	snprintf(path, sizeof(path), TESTS_DIR "/%s", name);
	if (blessing()) {
		if (text->n_bytes > 0)
			write_file(path, text);
		else
			unlink(path);
		return;
	}
	read_file(path, &expected);
	if (expected.n_bytes == text->n_bytes && memcmp(strbuf_text(&expected), strbuf_text(text), text->n_bytes) == 0)
		return;
	show_difference(path, text);
	fail_msg("%s is not what is printed", name);
}
