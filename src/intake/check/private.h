/* What the files of a check's inputs share. */
#pragma once

#include "memprof/intake/check.h"

/* r, after a notice if it is negative. */
int check_inputs_report(struct check_inputs *in, int r, const struct diag *diag);
/* What is read of an image: symbols take time. symbols: they are wanted whatever the limits are about. */
unsigned check_inputs_wanted(const struct check_inputs *in, bool symbols);
/* Of a memory file. 0; or negative, after notices and check_fail. */
int check_files_read_objects(struct check_inputs *in, enum check_side side, const struct blob *blob);
