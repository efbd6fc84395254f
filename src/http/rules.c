#include "memprof/http/rules.h"

#include <string.h>
#include <strings.h>

#include "memprof/base/number.h"

/* ---- may it be answered ---- */

static bool is_port(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n >= 1 && n <= 5 && !text[n];
}

/* With or without a port. */
static bool is_named(const char *host, const char *name)
{
	size_t n = strlen(name);

	return strncasecmp(host, name, n) == 0 && (!host[n] || (host[n] == ':' && is_port(host + n + 1)));
}

/* Whether Host names this machine itself: localhost, 127.0.0.0/8 or [::1], with or without a port. */
static bool is_loopback(const char *host)
{
	static const char *const names[] = { "localhost", "[::1]" };
	size_t n_digits = strspn(host, "0123456789.");

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (is_named(host, names[i]))
			return true;
	if (strncmp(host, "127.", 4) != 0)
		return false;
	return !host[n_digits] || (host[n_digits] == ':' && is_port(host + n_digits + 1));
}

static bool is_host(const char *host, const struct http_rules *rules)
{
	bool is_any = !rules->only_loopback && rules->n_hosts == 0;

	for (size_t i = 0; i < rules->n_hosts && !is_any; i++)
		is_any = is_named(host, rules->hosts[i]);
	return is_any || is_loopback(host);
}

/* In a time that does not tell how much of it is right. */
static bool has_token(const char *authorization, const char *token)
{
	static const char scheme[] = "Bearer ";
	size_t n = strlen(token);
	unsigned wrong = 0;

	if (!authorization || strncasecmp(authorization, scheme, strlen(scheme)) != 0)
		return false;
	authorization += strlen(scheme);
	if (strlen(authorization) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		wrong |= (unsigned)(authorization[i] ^ token[i]);
	return wrong == 0;
}

enum http_status http_judge(const struct http_asked *asked, const struct http_rules *rules)
{
	bool is_open = rules->open_path && strcmp(asked->path, rules->open_path) == 0;

	if (asked->has_body || (!asked->host && !asked->may_lack_host))
		return HTTP_BAD_REQUEST;
	if (asked->host && !is_host(asked->host, rules))
		return HTTP_MISDIRECTED;
	if (rules->token && !is_open && !has_token(asked->authorization, rules->token))
		return HTTP_UNAUTHORIZED;
	if (strcmp(asked->method, "GET") != 0 && strcmp(asked->method, "HEAD") != 0)
		return HTTP_METHOD_NOT_ALLOWED;
	for (const char *const *path = rules->paths; *path; path++)
		if (strcmp(asked->path, *path) == 0)
			return HTTP_OK;
	return HTTP_NOT_FOUND;
}

/* ---- what type is wanted ---- */

static const char blanks[] = " \t";

struct slice {
	const char *text;
	size_t n;
};

static struct slice trim(const char *from, const char *end)
{
	while (from < end && strchr(blanks, *from))
		from++;
	while (end > from && strchr(blanks, end[-1]))
		end--;
	return (struct slice){ from, (size_t)(end - from) };
}

static bool is(struct slice s, const char *text) { return s.n == strlen(text) && strncasecmp(s.text, text, s.n) == 0; }

/* The next part, up to the separator; *at moves behind that. False: there is none. */
static bool next_part(const char **at, const char *end, char separator, struct slice *ret)
{
	if (*at >= end)
		return false;
	const char *stop = memchr(*at, separator, (size_t)(end - *at));
	*ret = trim(*at, stop ? stop : end);
	*at = stop ? stop + 1 : end;
	return true;
}

/* "0.75" is 750; more than three digits, and what is no number, is 0: not wanted. */
static int read_quality(struct slice s)
{
	int value = 0, n_digits = 0;

	if (s.n == 0 || (s.text[0] != '0' && s.text[0] != '1') || (s.n > 1 && s.text[1] != '.') || s.n > 5)
		return 0;
	for (size_t i = 2; i < s.n; i++, n_digits++) {
		if (s.text[i] < '0' || s.text[i] > '9')
			return 0;
		value = value * 10 + (s.text[i] - '0');
	}
	for (; n_digits < 3; n_digits++)
		value *= 10;
	return MIN(1000, value + 1000 * (s.text[0] - '0'));
}

/* Of a range: how much it is wanted, and whether it is of that version. */
static int range_quality(const char *at, const char *end, const char *version)
{
	int quality = 1000;
	struct slice part;

	while (next_part(&at, end, ';', &part)) {
		const char *equals = memchr(part.text, '=', part.n);
		if (!equals)
			continue;
		struct slice name = trim(part.text, equals), value = trim(equals + 1, part.text + part.n);
		if (is(name, "q"))
			quality = read_quality(value);
		else if (is(name, "version") && !is(value, version))
			return 0;
	}
	return quality;
}

/* 0: it is another type; else the closer, the more. */
static int closeness(struct slice range, const char *type)
{
	size_t n_main = strcspn(type, "/") + 1;

	if (is(range, type))
		return 3;
	if (range.n == n_main + 1 && strncasecmp(range.text, type, n_main) == 0 && range.text[n_main] == '*')
		return 2;
	return is(range, "*/*") ? 1 : 0;
}

int http_quality(const char *accept, const char *type, const char *version, bool exact)
{
	int best = 0, best_closeness = exact ? 3 : 1;
	struct slice part, range;

	if (!accept)
		return exact ? 0 : 1000;
	const char *end = accept + strlen(accept);
	while (next_part(&accept, end, ',', &part)) {
		const char *at = part.text, *part_end = part.text + part.n;
		if (!next_part(&at, part_end, ';', &range))
			continue;
		int close = closeness(range, type);
		if (close < best_closeness)
			continue;
		int quality = range_quality(at, part_end, version);
		best = close > best_closeness ? quality : MAX(best, quality);
		best_closeness = close;
	}
	return best;
}

bool http_wants_openmetrics(const char *accept)
{
	int openmetrics = http_quality(accept, "application/openmetrics-text", "1.0.0", true);

	return openmetrics > 0 && openmetrics >= http_quality(accept, "text/plain", "0.0.4", true);
}
