#include "memprof/view.h"
void svg_layout(struct strbuf *out, const struct layout *l) { (void)out; (void)l; }
