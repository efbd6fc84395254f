/* Block tables for the scripts of a page. */
#pragma once

#include "memprof/base/json.h"
#include "memprof/model/history.h"

/* An array of rows, the last dump first:
 *     { "dump": 7, "pool": 0, "blocks": 15384, "against": 8, "deflate": "eJz…" }
 * deflate is base64 of a zlib stream of one letter a block, of all areas one after the other, where against is
 * null; else of these XORed with the table of the same pool in dump "against" (zeros where that is shorter), which
 * is among the rows before. pool is the index in the dump's "pools". Every 16th dump stands alone, so that no table
 * is far away. Bounds: report_page.h. */
void html_tables(struct json *j, const char *key, const struct history *h);
