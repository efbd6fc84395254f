/* A document, printed in the format of an output. */
#pragma once

#include "memprof/cli/output.h"
#include "memprof/viewers/document.h"

void output_document(struct output *out, const struct document *d);
