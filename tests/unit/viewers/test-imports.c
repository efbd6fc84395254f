#include "document/run.h"
#include "memprof/base/text.h"
#include "memprof/viewers/imports_view.h"
#include "unit.h"

static struct imports imports;

UNIT_BEFORE(set_up) { imports = (struct imports){ .error = 0 }; }

UNIT_AFTER(tear_down) { imports_deinit(&imports); }

static const struct text_style style = { .columns = 80 };

static void add(const char *name, enum import_origin origin, int64_t kept, uint64_t peak)
{
	struct import_row *row = vec_add(&imports, rows);

	assert_non_null(row);
	*row = (struct import_row){ .name = name,
				    .origin = origin,
				    .parent = IMPORTS_NONE,
				    .kept_bytes = kept,
				    .own_bytes = kept,
				    .peak_bytes = peak,
				    .before_lfb_bytes = 200000,
				    .after_lfb_bytes = 190000 };
}

static const char *line_with(const char *text, const char *word)
{
	const char *p = strstr(text, word);

	assert_non_null(p);
	while (p > text && p[-1] != '\n')
		p--;
	return p;
}

static void assert_line(const char *text, const char *word, const char *expected)
{
	const char *line = line_with(text, word);

	assert_memory_equal(line, expected, strlen(expected));
	assert_int_equal(line[strlen(expected)], '\n');
}

static void assert_narrow(const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		assert_true(n <= 80);
		text += n + (text[n] == '\n');
	}
}

static void draw(struct strbuf *out)
{
	struct document d;

	doc_init(&d, "");
	imports_add_findings(&d, &imports);
	imports_add_table(&d, &imports);
	print_text(out, &d, &style);
	doc_deinit(&d);
}

UNIT_TEST(a_table)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	add("config", IMPORT_SOURCE, 2000, 3000);
	add("app", IMPORT_SOURCE, 3000, 20000);
	add("app.net", IMPORT_MPY, 500, 700);
	add("gc", IMPORT_BUILT_IN, 0, 0);
	add("nowhere", IMPORT_UNKNOWN, 0, 100);
	add("asyncio", IMPORT_FROZEN, 640, 800);
	imports.rows[1].own_bytes = 2500;
	imports.rows[2].depth = 1;
	imports.rows[2].parent = 1;
	imports.rows[2].peak_is_least = true;
	imports.rows[4].raised = true;
	imports.rows[5].after_lfb_bytes = NOT_KNOWN;
	draw(&out);
	const char *text = strbuf_text(&out);
	assert_narrow(text);
	assert_line(text, "app     ", "app        source  3000  2500  20000        200000  190000");
	assert_line(text, "app.net", "  app.net  mpy      500   500  >= 700        200000  190000");
	assert_line(text, "nowhere", "nowhere    raised     0     0    100        200000  190000");
	assert_line(text, "asyncio    ", "asyncio    frozen   640   640    800        200000");
	assert_null(strstr(text, "  gc "));
	assert_line(text, "1 built-in", "  1 built-in module kept nothing");
	assert_line(text, "compiled on", "  2 modules compiled on the board: keep 4.4 KiB.");
	assert_line(text, "compiled bef", "  1 module compiled before (.mpy): keeps 500 B.");
	assert_line(text, "frozen mod", "  1 frozen module: keeps 640 B.");
	assert_non_null(strstr(text, "saves at most 4.9 KiB"));
	assert_line(text, "peak at", "  The imports peak at 21.5 KiB; in this order at 19.5 KiB, 2.0 KiB less: app,");
	assert_line(text, "config, ", "    config, asyncio");
}

UNIT_TEST(ends_that_did_not_come)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	add("a", IMPORT_UNKNOWN, 0, 900);
	imports.rows[0].cut = true;
	imports.rows[0].after_lfb_bytes = NOT_KNOWN;
	draw(&out);
	assert_line(strbuf_text(&out), "a  ", "a       cut   >= 900        200000");
}

UNIT_TEST(nothing_imported)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	draw(&out);
	assert_string_equal(strbuf_text(&out), "\nImports\n  none that loaded anything\n");
}

/* Large figures, long names, deep trees, many rows: still a table. */
UNIT_TEST(whatever_comes)
{
	static const char long_name[] = "a.very.long.package.name.that.no.column.has.room.for.at.all";
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (uint32_t i = 0; i < 200 + 100; i++) {
		add(long_name, IMPORT_SOURCE, -9999999 + (int64_t)i, 9999999);
		imports.rows[i].depth = i % IMPORTS_DEPTH_MAX;
	}
	imports.n_more = 7;
	draw(&out);
	assert_narrow(strbuf_text(&out));
	assert_non_null(strstr(strbuf_text(&out), "and 107 more (--json)"));
	assert_non_null(strstr(strbuf_text(&out), "..at.all "));
}

UNIT_TEST(as_json)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct json j;

	add("a", IMPORT_SOURCE, 10, 20);
	j = (struct json){ .out = &out, .compact = true };
	json_object(&j, NULL);
	json_imports(&j, "imports", &imports);
	json_imports(&j, "none", NULL);
	json_object_end(&j);
	assert_string_equal(
		strbuf_text(&out),
		"{\"imports\":{\"rows\":[{\"name\":\"a\",\"file\":null,\"origin\":\"source\",\"depth\":0,"
		"\"parent\":null,\"kept\":10,\"own\":10,\"peak\":20,\"peak_is_least\":false,"
		"\"before_largest_free\":200000,\"after_largest_free\":190000,\"raised\":false,\"again\":false,"
		"\"cut\":false}],\"more\":0,\"order\":{\"same\":true,\"need_now\":20,\"need_then\":20,"
		"\"rows\":[0]}},\"none\":null}\n");
}
