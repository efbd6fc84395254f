/* "ws:HOST[:PORT]" and "ws://HOST[:PORT]/". */
#pragma once

#include "memprof/base/diag.h"

struct webrepl_address {
	char host[256]; /* without the brackets of "[::1]" */
	char port[32];
	char authority[300]; /* "[::1]:8266", for HTTP's Host */
};

/* 0, or -EINVAL, with diag. A name with a password is refused, and diag does not have it. */
int webrepl_address_read(const char *uri, struct webrepl_address *ret, struct diag *diag);
