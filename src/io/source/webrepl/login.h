/* What precedes the console of a WebREPL: HTTP's upgrade, the question for the password, and its answer. */
#pragma once

#include "source/webrepl/link.h"

/* Takes bytes up to the end of the greeting, and none of what follows; within 8 seconds. at: for diag. 0; -EPERM: wrong
 * password; -EBUSY: it closed, as it serves another client; -EPROTO: no WebREPL; -ETIMEDOUT; -EINTR; -EPIPE …, with
 * diag. */
int webrepl_login(struct webrepl_link *link, int fd, const char *authority, struct place at, struct diag *diag);
