/* What of a request decides its answer: method, path, Host and Accept. Pure; all of it is a client's bytes. */
#pragma once

#include <stdbool.h>

enum http_status {
	HTTP_OK = 200,
	HTTP_NOT_FOUND = 404,
	HTTP_METHOD_NOT_ALLOWED = 405,
	HTTP_MISDIRECTED = 421,
	HTTP_UNAVAILABLE = 503,
};

/* NULL: the header is not there. */
struct http_asked {
	const char *method, *path, *host, *accept;
};

/* Whether a request may be answered at all: OK, MISDIRECTED, METHOD_NOT_ALLOWED or NOT_FOUND. paths: those there are,
 * NULL-terminated. only_loopback: the server is reached by names of this machine alone; another name in Host is that
 * of a page in a browser here whose name was made to lead here (DNS rebinding). */
enum http_status http_judge(const struct http_asked *asked, const char *const *paths, bool only_loopback);

/* Whether Host names this machine itself: localhost, 127.0.0.0/8 or [::1], with or without a port. */
bool http_is_loopback_host(const char *host);

/* How much a client wants a type ("text/plain"), by Accept (RFC 9110, 12.5.1): 0..1000, 0: not at all. version: the
 * parameter that a range may have; one with another version is for something else. exact: ranges with a * do not
 * count. accept NULL: anything is fine. */
int http_quality(const char *accept, const char *type, const char *version, bool exact);

/* Whether the answer is OpenMetrics 1.0, else Prometheus' text format 0.0.4: it is named, and not less wanted. */
bool http_wants_openmetrics(const char *accept);
