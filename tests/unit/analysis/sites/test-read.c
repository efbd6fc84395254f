/* Saved profiles are read, or refused with a place. That what is written is read again is in viewers/test-sites. */

#include "made_sites.h"

static struct sites s;

UNIT_AFTER(tear_down) { sites_deinit(&s); }

#define HEAD                                                                                        \
	"{\"schema\":\"memprof.sites/1\",\"how\":\"probe\",\"unit\":\"bytes\",\"step_bytes\":null," \
	"\"requested\":null,\"lost\":1,\"gone\":0,\"temporary\":null,\"sizes\":null,"
#define FRAMES "\"frames\":[{\"file\":\"a.py\",\"line\":7,\"function\":null}],"
#define SITE(chain, bytes) \
	"{\"chain\":[" chain "],\"samples\":2,\"bytes\":" bytes ",\"count\":null,\"alive_bytes\":9,\"alive_count\":1}"
#define DOCUMENT(sites) HEAD FRAMES "\"sites\":[" sites "]}"

static int read_text(const char *text, struct sites *ret, struct diag *diag)
{
	*diag = (struct diag){ .text = "" };
	return sites_read_json(text, strlen(text), "old.json", ret, diag);
}

UNIT_TEST(a_profile)
{
	struct diag diag;

	assert_int_equal(read_text(DOCUMENT(SITE("0, 0", "640") "," SITE("", "64")), &s, &diag), 0);
	assert_int_equal(s.how, SITES_PROBE);
	assert_u64_equal(s.requested_bytes, NOT_KNOWN);
	assert_u64_equal(s.step_bytes, 0);
	assert_u64_equal(s.n_lost, 1);
	assert_true(s.has_alive && !s.has_counts && !s.has_sizes);
	assert_int_equal(s.n_nodes, 3);
	assert_u64_equal(s.nodes[0].total.bytes, 704);
	assert_string_equal(s.frames[0].file, "a.py");
	assert_string_equal(s.frames[0].function, "");
}

UNIT_TEST(what_alive_means)
{
	struct diag diag;

	assert_int_equal(read_text(DOCUMENT(SITE("0", "640")), &s, &diag), 0);
	assert_int_equal(s.alive_when, SITES_AT_END);
	assert_u64_equal(s.joined_us, NOT_KNOWN);
	assert_u64_equal(s.n_collections, NOT_KNOWN);
	assert_string_equal(s.alive_mark, "");
	sites_deinit(&s);
	assert_int_equal(
		read_text(
			HEAD
			"\"collections\":5,\"joined_us\":7,\"alive_when\":\"mark\",\"alive_mark\":\"a\\u001bb\"," FRAMES
			"\"sites\":[]}",
			&s, &diag),
		0);
	assert_int_equal(s.alive_when, SITES_AT_MARK);
	assert_string_equal(s.alive_mark, "a\\x1bb");
	assert_u64_equal(s.joined_us, 7);
	assert_u64_equal(s.n_collections, 5);
	sites_deinit(&s);
	assert_int_equal(read_text(HEAD "\"alive_when\":\"stop\"," FRAMES "\"sites\":[]}", &s, &diag), 0);
	assert_int_equal(s.alive_when, SITES_AT_STOP);
}

UNIT_TEST(sources_and_guesses)
{
	struct diag diag;

	assert_int_equal(
		read_text(
			HEAD
			"\"alive_guessed\":9,\"independent\":40,\"sources\":[{\"file\":\"a\\u001bb\",\"sha256\":\"00ff\"},"
			"{\"file\":\"a\\u001bb\",\"sha256\":\"11\"}]," FRAMES "\"sites\":[]}",
			&s, &diag),
		0);
	assert_u64_equal(s.guessed_bytes, 9);
	assert_true(sites_independent(&s) == 40);
	assert_int_equal(s.n_hashes, 1);
	assert_string_equal(sites_hash_of(&s, "a\\x1bb"), "00ff");
	assert_null(sites_hash_of(&s, "a"));
	sites_deinit(&s);
	assert_int_equal(read_text(HEAD "\"sources\":[{\"file\":\"a\"}]," FRAMES "\"sites\":[]}", &s, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "sha256"));
}

UNIT_TEST(how_it_ended)
{
	struct diag diag;

	assert_int_equal(read_text(DOCUMENT(SITE("0", "640")), &s, &diag), 0);
	assert_string_equal(s.exception, "");
	assert_false(s.was_stopped);
	sites_deinit(&s);
	assert_int_equal(read_text(HEAD "\"exception\":\"OSError: a\\u001bb\",\"stopped\":true," FRAMES "\"sites\":[]}",
				   &s, &diag),
			 0);
	assert_string_equal(s.exception, "OSError: a\\x1bb");
	assert_true(s.was_stopped);
	sites_deinit(&s);
	assert_int_equal(read_text(HEAD "\"stopped\":1," FRAMES "\"sites\":[]}", &s, &diag), -EINVAL);
}

UNIT_TEST(invalid_input_is_refused)
{
	static const struct {
		const char *text, *summary;
		unsigned line, col;
	} cases[] = {
		{ "", "", 1, 1 },
		{ "[]", "no allocation profile", 1, 1 },
		{ "{\"schema\":\"memprof.image/1\"}", "no allocation profile", 1, 11 },
		{ "{\"schema\":\"memprof.sites/2\"}", "of a newer memprof", 1, 11 },
		{ "{\"schema\":1}", "a number", 1, 11 },
		{ "{\"schema\":\"memprof.sites/1\"}", "how", 1, 1 },
		{ "{\"schema\":\"memprof.sites/1\",\n\"how\":\"x\"}", "not a value of \"how\"", 2, 7 },
		{ "{\"schema\":\"memprof.sites/1\",\n\"how\":\"hook\",\"unit\":\"s\"}", "not a value of \"unit\"", 2,
		  21 },
		{ HEAD "\n\"alive_when\":\"never\"}", "not a value of \"alive_when\"", 2, 14 },
		{ HEAD "\"alive_when\":\"mark\"}", "alive_mark", 1, 1 },
		{ HEAD "\n\"frames\":7}", "an array", 2, 10 },
		{ HEAD "\n\"frames\":[{}]}", "file", 2, 11 },
		{ HEAD FRAMES "\n\"sites\":[" SITE("1", "1") "]}", "there are only 1 frames", 2, 20 },
		{ HEAD FRAMES "\n\"sites\":[" SITE("0", "null") "]}", "found null", 2, 43 },
		{ HEAD FRAMES "\n\"sites\":[" SITE("0", "4611686018427387905") "]}", "larger than 2^62", 2, 43 },
		{ HEAD FRAMES "\n\"sites\":[" SITE("0", "-1") "]}", "", 2, 43 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct diag diag;
		assert_int_equal(read_text(cases[i].text, &s, &diag), -EINVAL);
		if (!strstr(diag.text, cases[i].summary) || diag.at.line != cases[i].line ||
		    diag.at.col != cases[i].col)
			fail_msg("%zu: %u:%u: %s", i, (unsigned)diag.at.line, (unsigned)diag.at.col, diag.text);
		sites_deinit(&s);
	}
}

/* 16 classes, no more and no fewer; chains of at most SITES_DEPTH_MAX frames. */
UNIT_TEST(lengths)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct diag diag;

	for (int n = SITES_N_SIZES - 1; n <= SITES_N_SIZES + 1; n++) {
		strbuf_reset(&text);
		strbuf_puts(&text,
			    "{\"schema\":\"memprof.sites/1\",\"how\":\"hook\",\"unit\":\"us\",\"step_us\":9,"
			    "\"requested\":null,\"lost\":0,\"gone\":0,\"temporary\":8,\"frames\":[],\"sites\":[],"
			    "\"sizes\":[{\"count\":0}");
		for (int i = 1; i < n; i++)
			strbuf_printf(&text, ",{\"count\":%d}", i);
		strbuf_puts(&text, "]}");
		assert_int_equal(read_text(strbuf_text(&text), &s, &diag), n == SITES_N_SIZES ? 0 : -EINVAL);
		assert_int_equal(s.has_sizes, n == SITES_N_SIZES);
		assert_int_equal(s.unit, SITES_TIME);
		sites_deinit(&s);
	}
	strbuf_reset(&text);
	strbuf_puts(&text, HEAD FRAMES "\"sites\":[{\"chain\":[0");
	strbuf_repeat(&text, ",0", SITES_DEPTH_MAX);
	strbuf_puts(&text, "]}]}");
	assert_int_equal(read_text(strbuf_text(&text), &s, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "more than 64 values"));
}

UNIT_TEST(too_large)
{
	struct strbuf text CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct diag diag;

	strbuf_repeat(&text, " ", SITES_JSON_MAX_BYTES + 1);
	assert_int_equal(read_text(strbuf_text(&text), &s, &diag), -EFBIG);
	assert_non_null(strstr(diag.text, "larger than 32 MiB"));
}
