/* What a request is answered with. */
#include "memprof/http/rules.h"

#include "memprof/base/number.h"
#include "unit.h"

static const char *const paths[] = { "/", "/metrics", NULL };

static enum http_status judge(const char *method, const char *path, const char *host, bool only_loopback)
{
	const struct http_asked asked = { .method = method, .path = path, .host = host, .may_lack_host = true };

	return http_judge(&asked, &(struct http_rules){ .paths = paths, .only_loopback = only_loopback });
}

UNIT_TEST(requests_that_are_none)
{
	const struct http_rules rules = { .paths = paths };
	struct http_asked asked = { .method = "GET", .path = "/", .host = "x", .has_body = true };

	assert_int_equal(http_judge(&asked, &rules), HTTP_BAD_REQUEST);
	asked.has_body = false;
	assert_int_equal(http_judge(&asked, &rules), HTTP_OK);
	asked.host = NULL;
	assert_int_equal(http_judge(&asked, &rules), HTTP_BAD_REQUEST); /* of HTTP/1.1 */
	asked.may_lack_host = true;
	assert_int_equal(http_judge(&asked, &rules), HTTP_OK);
}

UNIT_TEST(names_that_were_given)
{
	static const char *const names[] = { "board.local", "heap.example" };
	const struct http_rules rules = { .paths = paths, .hosts = names, .n_hosts = 2 };
	static const char *const ours[] = { "board.local", "Board.Local:9464", "heap.example:443", "127.0.0.1:1",
					    "localhost" },
				 *const others[] = {
					 "",     "local", "board.local.evil.example", "board.local:x", "192.168.1.2",
					 "board"
				 };

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		assert_int_equal(
			http_judge(&(struct http_asked){ .method = "GET", .path = "/", .host = ours[i] }, &rules),
			HTTP_OK);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(
			http_judge(&(struct http_asked){ .method = "GET", .path = "/", .host = others[i] }, &rules),
			HTTP_MISDIRECTED);
}

UNIT_TEST(a_token)
{
	const struct http_rules rules = { .paths = paths, .token = "s3cret", .open_path = "/" };
	static const char *const wrong[] = { NULL,
					     "",
					     "s3cret",
					     "Bearer",
					     "Bearer ",
					     "Bearer s3cre",
					     "Bearer s3crets",
					     "Bearer s3creT",
					     "Basic s3cret",
					     "Bearer  s3cret" };
	struct http_asked asked = { .method = "GET", .path = "/metrics", .host = "x" };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		asked.authorization = wrong[i];
		assert_int_equal(http_judge(&asked, &rules), HTTP_UNAUTHORIZED);
		asked.path = "/nothing"; /* what there is is not told either */
		assert_int_equal(http_judge(&asked, &rules), HTTP_UNAUTHORIZED);
		asked.path = "/metrics";
	}
	asked.authorization = "bearer s3cret";
	assert_int_equal(http_judge(&asked, &rules), HTTP_OK);
	asked.authorization = NULL;
	asked.path = "/";
	assert_int_equal(http_judge(&asked, &rules), HTTP_OK);
}

UNIT_TEST(methods_and_paths)
{
	static const char *const others[] = { "POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "get", "" };

	assert_int_equal(judge("GET", "/metrics", "localhost", true), HTTP_OK);
	assert_int_equal(judge("HEAD", "/", NULL, true), HTTP_OK);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(judge(others[i], "/", "localhost", true), HTTP_METHOD_NOT_ALLOWED);
	assert_int_equal(judge("GET", "", "localhost", true), HTTP_NOT_FOUND);
	assert_int_equal(judge("GET", "/metrics/", "localhost", true), HTTP_NOT_FOUND);
	assert_int_equal(judge("GET", "/../metrics", "localhost", true), HTTP_NOT_FOUND);
	assert_int_equal(judge("GET", "*", "localhost", true), HTTP_NOT_FOUND);
}

/* A page elsewhere whose name leads here gets nothing, whatever it asks for. */
UNIT_TEST(names_of_this_machine)
{
	static const char *const ours[] = { "localhost",       "LocalHost:9464", "127.0.0.1", "127.0.0.1:80",
					    "127.1.2.3:65535", "[::1]",          "[::1]:9464" };
	static const char *const others[] = { "",
					      "evil.example",
					      "localhost.evil.example",
					      "localhost:",
					      "localhost:x",
					      "localhost:80:80",
					      "127.0.0.1.evil.example",
					      "127.0.0.1:9464.evil.example",
					      "128.0.0.1",
					      "1127.0.0.1",
					      "[::1].evil.example",
					      "[::2]",
					      "::1",
					      "0.0.0.0",
					      "127.0.0.1:999999",
					      " localhost" };

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		assert_int_equal(judge("GET", "/", ours[i], true), HTTP_OK);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		assert_int_equal(judge("GET", "/nothing", others[i], true), HTTP_MISDIRECTED);
		assert_int_equal(judge("GET", "/", others[i], false), HTTP_OK);
	}
}

UNIT_TEST(qualities)
{
	static const struct {
		const char *accept;
		int quality; /* of text/plain, version 0.0.4 */
	} samples[] = {
		{ "text/plain", 1000 },
		{ "text/plain;q=0.5", 500 },
		{ "text/plain ; version=0.0.4 ; q=0.25", 250 },
		{ "text/plain;version=1.0", 0 },
		{ "TEXT/PLAIN;Q=0.125", 125 },
		{ "text/*;q=0.3", 300 },
		{ "*/*;q=0.1, text/*;q=0.2, text/plain;q=0.9", 900 },
		{ "text/plain;q=0, */*", 0 },
		{ "text/html", 0 },
		{ "text/plain;q=1.5", 1000 },
		{ "text/plain;q=2", 0 },
		{ "text/plain;q=0.1234", 0 },
		{ "text/plain;q=", 0 },
		{ ",,;,text/plain,", 1000 },
		{ "", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		assert_int_equal(http_quality(samples[i].accept, "text/plain", "0.0.4", false), samples[i].quality);
	assert_int_equal(http_quality(NULL, "text/plain", "0.0.4", false), 1000);
	assert_int_equal(http_quality("*/*", "text/plain", "0.0.4", true), 0);
}

UNIT_TEST(formats)
{
	static const char *const openmetrics[] = {
		/* Prometheus 2.42 */
		"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		"application/openmetrics-text",
		"application/openmetrics-text; version=1.0.0; charset=utf-8",
	};
	static const char *const plain[] = {
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", /* a browser */
		"*/*",
		"",
		"application/openmetrics-text;version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", /* Prometheus 2.5
													*/
		"application/openmetrics-text;q=0.4,text/plain;q=0.5",
		"application/openmetrics-text;q=0",
		"application/openmetrics-textual",
	};

	for (size_t i = 0; i < ARRAY_SIZE(openmetrics); i++)
		assert_true(http_wants_openmetrics(openmetrics[i]));
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		assert_false(http_wants_openmetrics(plain[i]));
	assert_false(http_wants_openmetrics(NULL));
}
