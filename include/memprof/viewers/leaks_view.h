/* Leaks, for people and programs. Names are untrusted. */
#pragma once

#include "memprof/analysis/leaks.h"
#include "memprof/base/json.h"
#include "memprof/base/strbuf.h"
#include "memprof/base/text_style.h"

/* One subject: verdict, holder and line, a line each; the evidence; what to type next. source: of the board whose
 * program it is; NULL: of what is saved. */
void text_leaks(struct strbuf *out, const struct leaks_subject *s, const char *source, const struct text_style *style);
/* Several, a line each. */
void text_leaks_list(struct strbuf *out, const struct leaks_subject *all, size_t n, const struct text_style *style);
void json_leaks(struct json *j, const struct leaks_subject *all, size_t n); /* memprof.leaks/1 */
