#include "source/webrepl/address.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char default_port[] = "8266"; /* micropython-lib, webrepl.py */

static bool copy(char *ret, size_t n_ret, const char *text, size_t n)
{
	if (n == 0 || n >= n_ret)
		return false;
	memcpy(ret, text, n);
	ret[n] = '\0';
	return true;
}

/* "HOST", "HOST:PORT", "[::1]", "[::1]:PORT" */
static bool split(const char *text, size_t n, struct webrepl_address *ret)
{
	bool in_brackets = n > 0 && *text == '[';
	const char *end = text + n, *host = text + in_brackets;
	const char *host_end = memchr(host, in_brackets ? ']' : ':', (size_t)(end - host));

	if (!host_end && in_brackets)
		return false;
	host_end = host_end ? host_end : end;
	const char *rest = host_end + in_brackets;
	if (!copy(ret->host, sizeof(ret->host), host, (size_t)(host_end - host)))
		return false;
	if (rest == end)
		return copy(ret->port, sizeof(ret->port), default_port, sizeof(default_port) - 1);
	return *rest == ':' && !memchr(rest + 1, ':', (size_t)(end - rest - 1)) &&
	       copy(ret->port, sizeof(ret->port), rest + 1, (size_t)(end - rest - 1));
}

/* It becomes part of a request. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 127 || strchr("/?#\\[]", *text))
			return false;
	return true;
}

int webrepl_address_read(const char *uri, struct webrepl_address *ret, struct diag *diag)
{
	const char *text = uri + strlen("ws:");

	if (strchr(uri, '@')) /* diag without a place: that would be the password */
		return diag_set(diag, -EINVAL,
				"ws:HOST takes no user or password, as other users see the command line; set "
				"MEMPROF_WEBREPL_PASSWORD or MEMPROF_WEBREPL_PASSWORD_FILE");
	if (strncmp(text, "//", 2) == 0)
		text += 2;
	size_t n = strcspn(text, "/");
	if (strcmp(text + n, "") != 0 && strcmp(text + n, "/") != 0)
		n = 0;
	if (!split(text, n, ret) || !is_plain(ret->host) || !is_plain(ret->port))
		return diag_at(diag, (struct place){ .file = uri }, -EINVAL,
			       "expected ws:HOST or ws:HOST:PORT, such as ws:192.168.4.1 or ws:[fe80::1]:8266");
	bool is_v6 = strchr(ret->host, ':') != NULL;
	snprintf(ret->authority, sizeof(ret->authority), is_v6 ? "[%s]:%s" : "%s:%s", ret->host, ret->port);
	return 0;
}
