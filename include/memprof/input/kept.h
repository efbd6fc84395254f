/* Files that stand alone or are kept in a recording: memory files and allocation profiles. */
#pragma once

#include "memprof/io/blob.h"

/* Reads a file as blob_read does or, where none has that name, "RECORDING@MARK": what memprof mark --file kept with
 * this mark. 0; -EINVAL: it is a recording, without a mark, or none with such a mark; -EBUSY and other errors of a
 * recording; else as blob_read, with diag. */
int kept_read(const char *name, struct blob *ret, struct diag *diag);
