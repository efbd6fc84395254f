/* The password of a WebREPL, which is never on a command line. */
#pragma once

#include "memprof/base/diag.h"

/* The board's own limit is 9 (extmod/modwebrepl.c, webrepl_set_password, 1.25). */
enum { WEBREPL_PASSWORD_MAX_BYTES = 64 };

/* The value of MEMPROF_WEBREPL_PASSWORD; or else the first line of the file that MEMPROF_WEBREPL_PASSWORD_FILE names,
 * or of webrepl-password in the folder of memprof's configuration, which nobody else may read or write. 0; -EINVAL,
 * with diag, which never has the password. */
int webrepl_password(char ret[WEBREPL_PASSWORD_MAX_BYTES + 1], struct diag *diag);
