/* Boards as they are now, as a page of memprof serve. */
#include "html/page.h"
#include "memprof/viewers/board_metrics_view.h"

static const struct html_kind kind_live = {
	.name = "live",
	.what = "live",
	.assets = { "live.css", "live.js" },
	.is_live = true,
};

void html_live(struct strbuf *out)
{
	html_begin(out, "Boards", &kind_live);
	html_end(out, &kind_live);
}
