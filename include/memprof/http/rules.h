/* What of a request decides its answer: method, path, Host, Accept and the token. Pure; all of it is a client's bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum http_status {
	HTTP_OK = 200,
	HTTP_BAD_REQUEST = 400,
	HTTP_UNAUTHORIZED = 401,
	HTTP_NOT_FOUND = 404,
	HTTP_METHOD_NOT_ALLOWED = 405,
	HTTP_MISDIRECTED = 421,
	HTTP_UNAVAILABLE = 503,
};

/* NULL: the header is not there. */
struct http_asked {
	const char *method, *path, *host, *accept, *authorization;
	bool has_body, may_lack_host; /* may_lack_host: it is of HTTP/1.0 */
};

/* Who is answered. A name in Host that is none of the server's is that of a page in a browser whose name was made to
 * lead here (DNS rebinding). */
struct http_rules {
	const char *const *paths; /* that there are, NULL-terminated */
	bool only_loopback;       /* it is reached by names of this machine alone */
	const char *const *hosts; /* n_hosts of names that it is reached by besides; none: any */
	size_t n_hosts;
	const char *token;     /* that Authorization must have; NULL: none is needed */
	const char *open_path; /* that needs none; NULL */
};

/* Whether a request may be answered at all: OK, or what is answered instead. */
enum http_status http_judge(const struct http_asked *asked, const struct http_rules *rules);

/* How much a client wants a type ("text/plain"), by Accept (RFC 9110, 12.5.1): 0..1000, 0: not at all. version: the
 * parameter that a range may have; one with another version is for something else. exact: ranges with a * do not
 * count. accept NULL: anything is fine. */
int http_quality(const char *accept, const char *type, const char *version, bool exact);

/* Whether the answer is OpenMetrics 1.0, else Prometheus' text format 0.0.4: it is named, and not less wanted. */
bool http_wants_openmetrics(const char *accept);
