/* The shell of a page: what stands in it stays what it is. */
#define _GNU_SOURCE /* memmem */

#include "html/assets.h"
#include "html/page.h"
#include "memprof/base/strbuf.h"
#include "unit.h"

static const struct html_kind plain = { .name = "plain" };

UNIT_TEST(data_stay_text)
{
	static const char json[] = "{\"name\": \"</script><!-- & \xe2\x80\xa8\"}";
	static const char expected[] =
		"<script type=\"application/json\" id=\"x\">{\"name\": "
		"\"\\u003c/script\\u003e\\u003c!-- \\u0026 \xe2\x80\xa8\"}</script>\n";
	for (size_t cut = 0; cut < sizeof(json); cut++) {
		struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
		html_data_begin(&out, "x");
		html_data_add(&out, json, cut);
		html_data_add(&out, json + cut, sizeof(json) - 1 - cut);
		html_data_end(&out);
		assert_string_equal(strbuf_text(&out), expected);
	}
}

UNIT_TEST(title_stays_text)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	html_begin(&out, "a</title><script>\x1b\"\xe2\x80\xae", &plain);
	assert_null(strstr(strbuf_text(&out), "<script>"));
	assert_null(strstr(strbuf_text(&out), "\xe2\x80\xae"));
	assert_null(memchr(out.text, 0x1b, out.n_bytes));
	assert_non_null(strstr(strbuf_text(&out), "<h1>a&#60;/title&#62;&#60;script&#62;\\x1b"));
}

/* Each script is in the policy by its hash, and nothing else may run. */
UNIT_TEST(policy_names_the_scripts)
{
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	size_t n_hashes = 0;
	html_begin(&out, "", &plain);
	html_end(&out, &plain);
	const char *policy = strstr(strbuf_text(&out), "script-src");
	assert_non_null(policy);
	size_t n_policy = strcspn(policy, "\"");
	for (const char *p = policy; (p = strstr(p, "'sha256-")) && p < policy + n_policy; p++)
		n_hashes++;
	assert_int_equal(n_hashes, 1);
	assert_null(memmem(policy, n_policy, "unsafe", 6));
	for (size_t i = 0; i < html_n_assets; i++)
		if (strcmp(html_assets[i].name, "page.js") == 0)
			assert_non_null(memmem(policy, n_policy, html_assets[i].sha256, strlen(html_assets[i].sha256)));
}

UNIT_TEST(assets_are_whole)
{
	for (size_t i = 0; i < html_n_assets; i++) {
		assert_int_equal(strlen(html_assets[i].text), html_assets[i].n_bytes);
		assert_null(strstr(html_assets[i].text, "</"));
		assert_true(i == 0 || strcmp(html_assets[i - 1].name, html_assets[i].name) < 0);
	}
}
