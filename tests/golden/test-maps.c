/* What golden files do not say of memprof map: what must be true of all it prints, whatever the map calls things. */
#define _DEFAULT_SOURCE
#include <glob.h>

#include "memprof/base/json_read.h"
#include "memprof/base/text.h"
#include "run.h"
#include "tests_dir.h"
#include "unit.h"

static struct strbuf out, err;

static int map(const char *name, const char *by, bool utf8)
{
	struct run run = { .args = { "map", name, "--by", by }, .utf8 = utf8 };

	if (!by)
		run.args[2] = NULL;
	strbuf_reset(&out);
	strbuf_reset(&err);
	return run_memprof(&run, &out, &err);
}

static int forget(void **state)
{
	(void)state;
	strbuf_deinit(&out);
	strbuf_deinit(&err);
	return 0;
}

/* Our own samples, and those beside the project, if they are there. */
static void each_map(void (*visit)(const char *name))
{
	static const char *const patterns[] = { "data/names/*.map",
						"data/images/*.map",
						"data/images/*.elf",
						"../../shared/data/static/maps/*/*.map",
						"../../shared/data/images/*.map",
						"../../shared/data/images/*.elf" };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		char pattern[512];
		glob_t found;
		snprintf(pattern, sizeof(pattern), TESTS_DIR "/%s", patterns[i]);
		if (glob(pattern, 0, NULL, &found) != 0)
			continue;
		for (size_t k = 0; k < found.gl_pathc; k++, n++)
			visit(found.gl_pathv[k] + sizeof(TESTS_DIR));
		globfree(&found);
	}
	assert_true(n >= 20);
}

static unsigned columns_of(const char *line, size_t n)
{
	const uint8_t *p = (const uint8_t *)line, *end = p + n;
	unsigned columns = 0;

	for (; p < end; columns++)
		p += MAX(text_utf8(p, end, NULL), (size_t)1);
	return columns;
}

static unsigned n_wide;

/* All lines but the title, which has the name of the file in it. */
static void check_columns(const char *name)
{
	static const char *const by[] = { NULL, "symbol", "object", "archive", "component" };

	for (size_t i = 0; i < ARRAY_SIZE(by); i++) {
		map(name, by[i], i % 2);
		const char *p = strbuf_text(&out);
		for (p += strcspn(p, "\n"); *p;) {
			size_t n = strcspn(++p, "\n");
			if ((columns_of(p, n) > 80 || (n && p[n - 1] == ' ')) && n_wide++ < 5)
				print_error("%s: %u columns: %.*s\n", name, columns_of(p, n), (int)n, p);
			p += n;
		}
	}
}

UNIT_TEST_WITH(text_keeps_to_80_columns, NULL, forget)
{
	n_wide = 0;
	each_map(check_columns);
	if (n_wide > 0)
		fail_msg("%u lines are wider than 80 columns, or end with blanks", n_wide);
}

static void check_bytes(const char *name)
{
	static const char *const by[] = { NULL, "symbol" };

	for (size_t i = 0; i < ARRAY_SIZE(by); i++) {
		map(name, by[i], true);
		const struct strbuf *texts[] = { &out, &err };
		for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
			for (const char *p = strbuf_text(texts[k]); *p; p += strcspn(p, "\n"), p += *p == '\n')
				if (!text_is_visible(p, strcspn(p, "\n")))
					fail_msg("%s: it comes through: %.*s", name, (int)strcspn(p, "\n"), p);
	}
}

UNIT_TEST_WITH(no_control_byte_comes_through, NULL, forget) { each_map(check_bytes); }

/* The strict reader takes no member twice. */
static void check_json(const char *name)
{
	struct run run = { .args = { "map", "--json", "--top", "500", name } };
	struct json_document *document;
	struct diag diag = { 0 };

	strbuf_reset(&out);
	strbuf_reset(&err);
	if (run_memprof(&run, &out, &err) != 0)
		return;
	if (json_document_read(strbuf_text(&out), out.n_bytes, name, &document, &diag) < 0)
		fail_msg("%s: %s", name, diag.text);
	json_document_free(document);
}

UNIT_TEST_WITH(json_has_no_member_twice, NULL, forget) { each_map(check_json); }

UNIT_TEST_WITH(no_byte_of_a_namesake_is_lost, NULL, forget)
{
	struct run run = { .args = { "map", "--json", "--filter", "twice.o", "data/names/hostile.map" } };

	strbuf_reset(&out);
	assert_int_equal(run_memprof(&run, &out, &err), 0);
	assert_non_null(
		strstr(strbuf_text(&out), "\"size\": 64, \"by_region\": {\"LATIN\\ufffd\": 32, \"TWICE\": 32}}"));
}

int main(int argc, char **argv)
{
	run_begin(argc, argv);
	return unit_run();
}
