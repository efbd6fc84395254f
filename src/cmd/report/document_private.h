/* What the two files of the collector share. */
#ifndef MEMPROF_COLLECTOR_PRIVATE_H
#define MEMPROF_COLLECTOR_PRIVATE_H

#include "report/document.h"

/* A dump that is kept, as views take it; borrows. */
struct dump_info collector_info(const struct collector *c, const struct kept_dump *dump);

/* Of the dump that is shown. */
const struct board_info *collector_board(const struct collector *c);

/* JSON, by itself or in a page. */
bool collector_has_document(const struct collector *c);
/* Lets go what was written of it. */
void collector_drain(struct collector *c);

#endif
