/* A build without libmicrohttpd: there is no server. */
#include <errno.h>

#include "memprof/base/number.h"
#include "memprof/http/http.h"

int http_open(struct http **ret, const struct http_config *config, struct diag *diag)
{
	(void)config;
	*ret = NULL;
	return diag_set(diag, -ENOTSUP, "this build of memprof has no HTTP server (libmicrohttpd)");
}

void http_close(struct http *h) { (void)h; }

size_t http_fds(struct http *h, struct pollfd *ret, size_t n_max)
{
	(void)h;
	(void)ret;
	(void)n_max;
	return 0;
}

uint64_t http_wait_us(struct http *h)
{
	(void)h;
	return NOT_KNOWN;
}

void http_turn(struct http *h) { (void)h; }

size_t http_n_streams(const struct http *h)
{
	(void)h;
	return 0;
}

void http_publish(struct http *h, const void *bytes, size_t n_bytes)
{
	(void)h;
	(void)bytes;
	(void)n_bytes;
}
