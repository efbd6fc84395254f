/* Views of allocation profiles, against tests/data/views/sites-*: MEMPROF_BLESS=1 writes them anew. And what is saved
 * is read again as it was. */
#include "memprof/viewers/sites_view.h"

#include "golden.h"
#include "made_sites.h"

static struct sites sites;

UNIT_AFTER(tear_down) { sites_deinit(&sites); }

static const struct text_style ascii = { .columns = 80 }, utf8 = { .columns = 80, .utf8 = true };

static const char net_py[] =
	"import socket\n\n\ndef connect(host):\n\tname = host\n\n\n\n\n\n\n\n    # a \x1b[31mred\x1b[0m "
	"comment\n    buffer = bytearray(512)\n\n    socket.socket()\r\n";
static const struct sites_source sources[] = { { "net.py", net_py, sizeof(net_py) - 1 }, { "other.py", "", 0 } };

/* As text; style: NULL: as Markdown. */
static void print(struct strbuf *out, const struct sites_view *view, const struct text_style *style)
{
	struct document d;

	document_sites(&d, view);
	if (style)
		print_text(out, &d, style);
	else
		print_markdown(out, &d);
	doc_deinit(&d);
}

static void csv_sites(struct strbuf *out, const struct sites_view *view)
{
	struct document d;

	document_sites(&d, view);
	print_csv(out, &d);
	doc_deinit(&d);
}

static void assert_golden(const char *file, const struct strbuf *out)
{
	char path[80];

	snprintf(path, sizeof(path), "data/views/%s", file);
	assert_int_equal(strbuf_error(out), 0);
	golden_assert(path, out);
}

static void assert_text(const char *file, const struct sites_view *view, const struct text_style *style)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	print(&out, view, style);
	assert_golden(file, &out);
}

static void json_of(struct strbuf *out, const struct sites *s)
{
	struct json j = { .out = out };

	json_sites(&j, &(struct sites_view){ .sites = s, .title = "main.py" });
	assert_int_equal(strbuf_error(out), 0);
}

/* ---- text ---- */

UNIT_TEST(as_text)
{
	struct sites_view view = { .sites = &sites, .title = "main.py", .n_top = 5 };

	made_program(&sites, 0);
	assert_text("sites-lines.txt", &view, &utf8);
	view.alive_only = true;
	view.n_top = 0;
	assert_text("sites-alive.txt", &view, &ascii);
	view.alive_only = false;
	view.what = SITES_TREE;
	assert_text("sites-tree.txt", &view, &utf8);
	view.n_top = 1;
	assert_text("sites-tree-ascii.txt", &view, &ascii);
	view.what = SITES_BOTTOM_UP;
	view.n_top = 5;
	assert_text("sites-bottom-up.txt", &view, &utf8);
	view.what = SITES_SOURCE;
	view.sources = sources;
	view.n_sources = ARRAY_SIZE(sources);
	assert_text("sites-source.txt", &view, &ascii);
	view.sources = &(struct sites_source){ "net.py", net_py, 60 }; /* its first lines */
	view.n_sources = 1;
	view.n_top = 0;
	assert_text("sites-source-cut.txt", &view, &ascii);
}

/* By the collections that the carrier has counted, or in all. */
UNIT_TEST(what_leaks)
{
	static const struct {
		uint64_t n_collections;
		const char *words;
	} cases[] = {
		{ 32, "main.py leaks 1.2 KiB per collection into handlers, from net.py:14 connect\n" },
		{ 1, "main.py leaks 40.0 KiB into handlers, from net.py:14 connect\n" }, /* the rate is of
												   several */
		{ 0, "main.py leaks 40.0 KiB into handlers, from net.py:14 connect\n" },
		{ NOT_KNOWN, "main.py leaks 40.0 KiB into handlers, from net.py:14 connect\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
		const struct text_style wide = { .columns = 100 };
		made_program(&sites, 0);
		uint32_t frame = sites_frame(&sites, "net.py", "connect", 14);
		for (size_t k = 0; k < 40; k++)
			assert_int_equal(sites_keep_sample(&sites, "handlers", frame, 1024, false,
							   &(struct sites_moment){ 0, 0, k, 40 }),
					 0);
		sites.has_kept = true;
		sites.n_collections = cases[i].n_collections;
		assert_int_equal(sites_end(&sites), 0);
		print(&out, &(struct sites_view){ .sites = &sites, .title = "main.py" }, &wide);
		assert_non_null(strstr(strbuf_text(&out), cases[i].words));
		sites_deinit(&sites);
	}
}

/* Most changed first, until the comment is full. */
UNIT_TEST(a_comment_has_a_limit)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct sites before, after;
	struct sites_changes changes;

	assert_int_equal(sites_init(&before, SITES_HOOK, SITES_BYTES), 0);
	assert_int_equal(sites_init(&after, SITES_HOOK, SITES_BYTES), 0);
	for (uint32_t line = 1; line <= 4000; line++) {
		uint32_t frame = sites_frame(&after, "a_module_with_a_long_name.py", "function", line);
		assert_int_equal(sites_add(&after, &frame, 1, &(struct sites_sum){ 9, 100000 - line, 16, 0, 0 }), 0);
	}
	assert_int_equal(sites_end(&before), 0);
	assert_int_equal(sites_end(&after), 0);
	assert_int_equal(sites_diff(&before, &after, &changes), 0);
	print(&out,
	      &(struct sites_view){ .sites = &after,
				    .title = "new",
				    .changes = &changes,
				    .before = &before,
				    .after = &after,
				    .before_title = "old" },
	      NULL);
	assert_true(out.n_bytes < SITES_COMMENT_BYTES && out.n_bytes > SITES_COMMENT_BYTES - 1000);
	unsigned n_rows = 0, n_more = 0;
	for (const char *p = strbuf_text(&out); (p = strstr(p, "name.py")); p++)
		n_rows++;
	const char *more = strstr(strbuf_text(&out), " rows are left out");
	assert_non_null(more);
	while (more[-1] != '*')
		more--;
	assert_int_equal(sscanf(more, "%u", &n_more), 1);
	assert_int_equal(n_rows + n_more, 4000);
	sites_changes_deinit(&changes);
	sites_deinit(&before);
	sites_deinit(&after);
}

/* Of a program that ran already, or at a mark. */
UNIT_TEST(when_it_was_alive)
{
	static const struct {
		enum sites_when when;
		const char *words;
	} cases[] = {
		{ SITES_AT_COLLECTION, " still allocated after the next collection\n" },
		{ SITES_AT_STOP, " not freed when the samples ended, with garbage that no" },
		{ SITES_AT_MARK, " not freed at the mark 'b\\x1b', with garbage that no" },
		{ SITES_AT_HALT, " still in use when the samples ended\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT, first CLEANUP(strbuf_deinit) = STRBUF_INIT;
		struct strbuf second CLEANUP(strbuf_deinit) = STRBUF_INIT;
		struct sites s, read;
		struct diag diag;
		made_program(&s, 0);
		s.joined_us = 12340000;
		s.alive_when = cases[i].when;
		if (s.alive_when == SITES_AT_MARK)
			assert_int_equal(sites_set_mark(&s, "b\x1b"), 0);
		print(&out, &(struct sites_view){ .sites = &s, .title = "main.py" }, &ascii);
		assert_non_null(strstr(strbuf_text(&out), cases[i].words));
		assert_non_null(strstr(strbuf_text(&out), "in 12.3 s of a program"));
		strbuf_reset(&out);
		speedscope_sites(&out, &(struct sites_view){ .sites = &s, .title = "main.py" });
		assert_null(strstr(strbuf_text(&out), "at the end"));
		json_of(&first, &s);
		assert_int_equal(sites_read_json(strbuf_text(&first), first.n_bytes, "old.json", &read, &diag), 0);
		json_of(&second, &read);
		assert_string_equal(strbuf_text(&first), strbuf_text(&second));
		sites_deinit(&read);
		sites_deinit(&s);
	}
}

UNIT_TEST(of_time)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	assert_int_equal(sites_init(&sites, SITES_TIMER, SITES_TIME), 0);
	sites.step_bytes = 1000;
	MADE_ADD(&sites, ((struct sites_sum){ 40, 40000, 0, 0, 0 }), { "net.py", "connect", 14 }, MADE_MAIN);
	MADE_ADD(&sites, ((struct sites_sum){ 1, 1000, 0, 0, 0 }), MADE_MAIN);
	assert_int_equal(sites_end(&sites), 0);
	assert_text("sites-time.txt", &(struct sites_view){ .sites = &sites, .title = "main.py" }, &utf8);
	html_sites(&out, &(struct sites_view){ .sites = &sites, .title = "main.py" });
	assert_non_null(strstr(strbuf_text(&out), "time profile"));
}

UNIT_TEST(without_samples)
{
	assert_int_equal(sites_init(&sites, SITES_PROBE, SITES_BYTES), 0);
	assert_int_equal(sites_end(&sites), 0);
	assert_text("sites-none.txt", &(struct sites_view){ .sites = &sites, .title = "/dev/ttyACM0" }, &utf8);
}

UNIT_TEST(against_another)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct json j;
	struct sites before, after;
	struct sites_changes changes;
	struct sites_view view = {
		.sites = &after, .title = "main.py", .changes = &changes, .before = &before, .after = &after
	};

	view.before_title = "old.json";
	made_program(&before, 0);
	made_program(&after, 2);
	MADE_ADD(&after, made_sum(90, 0), { "net.py", "connect", 16 }, { "main.py", "run", 30 }, MADE_MAIN);
	MADE_ADD(&after, made_sum(2, 0), { "new.py", "f", 5 }, MADE_MAIN);
	assert_int_equal(sites_end(&after), 0);
	assert_int_equal(sites_diff(&before, &after, &changes), 0);
	assert_text("sites-diff.txt", &view, &utf8);
	j = (struct json){ .out = &out };
	json_sites(&j, &view);
	assert_golden("sites-diff.json", &out);
	sites_changes_deinit(&changes);
	sites_deinit(&before);
	sites_deinit(&after);
}

/* Deep calls stay within the screen. */
UNIT_TEST(deep_calls)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	assert_int_equal(sites_init(&sites, SITES_HOOK, SITES_BYTES), 0);
	for (uint32_t depth = 1; depth <= SITES_DEPTH_MAX; depth++) {
		struct sites_frame chain[SITES_DEPTH_MAX];
		for (uint32_t i = 0; i < depth; i++)
			chain[i] = (struct sites_frame){ "deep.py", "a_function_with_a_name", depth - i };
		made_add(&sites, chain, depth, made_sum(9, 0));
		chain[0].function = "another";
		made_add(&sites, chain, depth, made_sum(8, 0));
	}
	assert_int_equal(sites_end(&sites), 0);
	print(&out, &(struct sites_view){ .sites = &sites, .title = "deep.py", .what = SITES_TREE }, &ascii);
	assert_int_equal(strbuf_error(&out), 0);
	assert_non_null(strstr(strbuf_text(&out), "deep.py:64 another"));
}

/* ---- saved, and for other programs ---- */

static void assert_read_again(const struct sites *s)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf again CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct sites read;
	struct diag diag = { .text = "" };

	json_of(&text, s);
	if (sites_read_json(strbuf_text(&text), text.n_bytes, "saved.json", &read, &diag) < 0)
		fail_msg("%u:%u: %s", (unsigned)diag.at.line, (unsigned)diag.at.col, diag.text);
	json_of(&again, &read);
	assert_string_equal(strbuf_text(&again), strbuf_text(&text));
	assert_int_equal(read.n_nodes, s->n_nodes);
	for (uint32_t i = 0, k = 0; i != SITES_NONE; i = sites_next(s, i), k = sites_next(&read, k)) {
		assert_memory_equal(&read.nodes[k].own, &s->nodes[i].own, sizeof(read.nodes[k].own));
		assert_memory_equal(&read.nodes[k].total, &s->nodes[i].total, sizeof(read.nodes[k].total));
	}
	sites_deinit(&read);
}

UNIT_TEST(a_guess_is_told)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	made_program(&sites, 0);
	sites.guessed_bytes = 512;
	print(&out, &(struct sites_view){ .sites = &sites, .title = "main.py" }, &ascii);
	assert_non_null(
		strstr(strbuf_text(&out), "  512 B of these may have been freed: what became of these blocks was not"));
	assert_read_again(&sites);
}

/* And one that raised before the first sample is not told to run longer. */
UNIT_TEST(how_it_ended)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	made_program(&sites, 0);
	sites.was_stopped = true;
	assert_int_equal(sites_set_exception(&sites, "OSError: [Errno 5] EIO\x1b[31m"), 0);
	print(&out, &(struct sites_view){ .sites = &sites, .title = "main.py" }, &ascii);
	assert_non_null(strstr(strbuf_text(&out),
			       "  The program raised OSError: [Errno 5] EIO\\x1b[31m.\n"
			       "  The program was stopped before its end.\n"));
	assert_read_again(&sites);
	sites_deinit(&sites);
	assert_int_equal(sites_init(&sites, SITES_SENTINEL, SITES_BYTES), 0);
	assert_int_equal(sites_set_exception(&sites, "SyntaxError: invalid syntax"), 0);
	assert_int_equal(sites_end(&sites), 0);
	strbuf_reset(&out);
	print(&out, &(struct sites_view){ .sites = &sites, .title = "main.py" }, &ascii);
	assert_string_equal(strbuf_text(&out),
			    "main.py: the program raised SyntaxError: invalid syntax\n"
			    "  Sampled by sentinel objects (0 samples).\n");
}

UNIT_TEST(saved_and_read)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	made_program(&sites, 0);
	assert_read_again(&sites);
	json_of(&out, &sites);
	assert_golden("sites.json", &out);
	sites_deinit(&sites);
	made_hostile(&sites);
	assert_read_again(&sites);
	strbuf_reset(&out);
	json_of(&out, &sites);
	assert_golden("sites-hostile.json", &out);
	sites_deinit(&sites);
	assert_int_equal(sites_init(&sites, SITES_TIMER, SITES_TIME), 0);
	sites.step_bytes = 1000;
	MADE_ADD(&sites, ((struct sites_sum){ 1, SITES_SUM_MAX, 0, 0, 0 }), { "a.py", "", 0 });
	assert_int_equal(sites_end(&sites), 0);
	assert_int_equal(sites_add_hash(&sites, "a.py", "0f\x1b"), 0);
	assert_read_again(&sites);
	strbuf_reset(&out);
	json_of(&out, &sites);
	assert_golden("sites-time.json", &out);
}

UNIT_TEST(any_profile_is_read_again)
{
	uint32_t seed = 3;

	for (int round = 0; round < 20; round++) {
		assert_int_equal(sites_init(&sites, SITES_SENTINEL, SITES_BYTES), 0);
		sites.has_alive = round % 2;
		for (int i = 0; i < 100; i++) {
			struct sites_frame chain[8];
			uint32_t n = next_random(&seed) % ARRAY_SIZE(chain);
			for (uint32_t k = 0; k < n; k++)
				chain[k] = (struct sites_frame){ k % 2 ? "a.py" : "\xc3\xa9.py", "f",
								 next_random(&seed) % 4 };
			made_add(&sites, chain, n, (struct sites_sum){ 1, 1 + next_random(&seed) % 3, 0, 0, 0 });
		}
		assert_int_equal(sites_end(&sites), 0);
		assert_read_again(&sites);
		sites_deinit(&sites);
	}
}

typedef void view_of(struct strbuf *out, const struct sites_view *view);

static void assert_view(const char *file, view_of *draw, const struct sites_view *view)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	draw(&out, view);
	assert_golden(file, &out);
}

UNIT_TEST(for_other_programs)
{
	struct sites_view view = { .sites = &sites, .title = "main.py" };

	made_program(&sites, 0);
	assert_view("sites.csv", csv_sites, &view);
	assert_view("sites.folded", folded_sites, &view);
	assert_view("sites.speedscope", speedscope_sites, &view);
	view.alive_only = true;
	assert_view("sites-alive.csv", csv_sites, &view);
	assert_view("sites-alive.folded", folded_sites, &view);
	sites_deinit(&sites);
	made_hostile(&sites);
	view = (struct sites_view){ .sites = &sites, .title = MADE_HOSTILE };
	assert_view("sites-hostile.csv", csv_sites, &view);
	assert_view("sites-hostile.folded", folded_sites, &view);
	assert_view("sites-hostile.speedscope", speedscope_sites, &view);
	assert_text("sites-hostile.txt", &view, &utf8);
}

/* A gzip member without a time; what is in it is read by tests/checks/profiles. */
UNIT_TEST(for_pprof)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct strbuf again CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct sites_view view = { .sites = &sites, .title = "main.py" };

	made_program(&sites, 0);
	pprof_sites(&out, &view);
	pprof_sites(&again, &view);
	assert_int_equal(strbuf_error(&out), 0);
	assert_memory_equal(strbuf_text(&out), "\x1f\x8b\x08\0\0\0\0\0", 8);
	assert_int_equal(out.n_bytes, again.n_bytes);
	assert_memory_equal(strbuf_text(&out), strbuf_text(&again), out.n_bytes);
}

/* No name is markup: what a page has of them is packed. */
UNIT_TEST(a_page)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;

	made_hostile(&sites);
	html_sites(&out, &(struct sites_view){ .sites = &sites, .title = MADE_HOSTILE });
	assert_int_equal(strbuf_error(&out), 0);
	assert_non_null(strstr(strbuf_text(&out), "allocation profile"));
	assert_null(strstr(strbuf_text(&out), "<script>alert(1)"));
}
