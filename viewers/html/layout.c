#include "memprof/view.h"
void html_layout(struct strbuf *out, const struct layout *l) { (void)out; (void)l; }
