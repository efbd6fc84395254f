/* Writes messages of Protocol Buffers (protobuf.dev, "Encoding"): fields one after another, a message within another as
 * bytes. Fields are numbered from 1. */
#pragma once

#include "memprof/base/strbuf.h"

void proto_number(struct strbuf *out, unsigned field, uint64_t value); /* int32, int64, uint64, bool, enums */
void proto_double(struct strbuf *out, unsigned field, double value);
/* As valid UTF-8: what is not printable is escaped (text_visible). */
void proto_text(struct strbuf *out, unsigned field, const char *text);
void proto_message(struct strbuf *out, unsigned field, const struct strbuf *message);
