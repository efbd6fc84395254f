/* Leaks, for people and programs. Names are untrusted. */
#pragma once

#include "memprof/analysis/leaks.h"
#include "memprof/base/json.h"
#include "memprof/viewers/document.h"

/* One subject: the answer, what to type next, who holds it, the lines, and the evidence. source: of the board whose
 * program it is; NULL: of what is saved. */
void document_leaks(struct document *d, const struct leaks_subject *s, const char *source);
/* Several, a row each. */
void document_leaks_list(struct document *d, const struct leaks_subject *all, size_t n);
void json_leaks(struct json *j, const struct leaks_subject *all, size_t n); /* memprof.leaks/1 */
