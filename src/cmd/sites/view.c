/* An allocation profile on the full screen. */
#include "sites/view.h"

#include "memprof/cli/message.h"
#include "memprof/cli/output.h"
#include "sites/private.h"

static int show(const struct watch_options *options, const struct sites_view *view)
{
	const struct tui_profile_options profile_options = { view, options->utf8 };
	struct tui_profile *profile = tui_profile_new(&profile_options);
	struct watch *watch = profile ? watch_new_screen(options, &tui_screen_profile, profile) : NULL;
	int code = watch_show(watch);

	tui_profile_free(profile);
	return code;
}

int sites_view_file(const struct watch_options *watch, const char *path, const char *sources)
{
	struct sites sites = { .n_nodes = 0 };
	struct sites_sources found = { .n_sources = 0 };
	struct diag diag = { 0 };
	int code = EXIT_INPUT;

	if (sites_load(path, &sites) < 0) {
		sites_deinit(&sites);
		return code;
	}
	if (terminal_check(&diag) < 0) {
		message_error("%s; memprof sites %s prints the profile as text", diag.text, path);
	} else {
		sites_sources_read(&found, &sites, path, sources);
		const struct sites_view view = {
			.sites = &sites, .title = path, .sources = found.sources, .n_sources = found.n_sources
		};
		code = show(watch, &view);
	}
	sites_sources_deinit(&found);
	sites_deinit(&sites);
	return code;
}
