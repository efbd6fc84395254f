/* What running a program did to the heap. */
#pragma once

#include "memprof/viewers/report_view.h"

void run_add_findings(struct document *d, const struct report_view *view);
void run_add_tables(struct document *d, const struct report_view *view);

/* What each import of it cost, the order that needs the least; and the table of all. */
void imports_add_findings(struct document *d, const struct imports *imports);
void imports_add_table(struct document *d, const struct imports *imports);
