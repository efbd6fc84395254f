/* Draws an allocation profile that is made up, for tests/checks/profiles and tests/html/test-sites.py.
 *
 * usage: show-sites program|hostile|many json|folded|speedscope|pprof|html */
#include <stdio.h>

#include "made_sites.h"
#include "memprof/viewers/sites_view.h"

/* A program of many lines and deep calls. */
static void made_many(struct sites *s)
{
	uint32_t seed = 5;

	assert_int_equal(sites_init(s, SITES_HOOK, SITES_BYTES), 0);
	s->step_bytes = 512;
	s->has_counts = s->has_alive = true;
	for (int i = 0; i < 1500; i++) {
		static const char *const files[] = { "main.py", "net.py", "lib/json.py", "ui.py",
						     "lib/very/long/path/to/a/driver.py" };
		struct sites_frame chain[32];
		uint32_t n = 2 + next_random(&seed) % 18;
		for (uint32_t k = 0; k < n; k++) {
			uint32_t line = k + 1 == n ? 3 : 5 * (n - k) + next_random(&seed) % 3;
			chain[k] = (struct sites_frame){ files[k + 1 == n ? 0 : line % 5],
							 line % 2 ? "update" : "draw_widget", line };
		}
		made_add(s, chain, n, made_sum(1 + next_random(&seed) % 20, i % 7 == 0));
	}
	assert_int_equal(sites_end(s), 0);
}

static bool make(const char *name, struct sites *ret)
{
	if (strcmp(name, "program") == 0)
		made_program(ret, 0);
	else if (strcmp(name, "hostile") == 0)
		made_hostile(ret);
	else if (strcmp(name, "many") == 0)
		made_many(ret);
	else
		return false;
	return true;
}

static bool draw(struct strbuf *out, const struct sites_view *view, const char *format)
{
	struct json j;

	if (strcmp(format, "json") == 0) {
		j = (struct json){ .out = out };
		json_sites(&j, view);
	} else if (strcmp(format, "folded") == 0) {
		folded_sites(out, view);
	} else if (strcmp(format, "speedscope") == 0) {
		speedscope_sites(out, view);
	} else if (strcmp(format, "pprof") == 0) {
		pprof_sites(out, view);
	} else if (strcmp(format, "html") == 0) {
		html_sites(out, view);
	} else {
		return false;
	}
	return strbuf_error(out) == 0;
}

int main(int argc, char **argv)
{
	static const char net_py[] =
		"import socket\n\n\ndef connect(host):\n    # </script><script>alert(1)</script>\n\n\n\n\n\n"
		"\n\n\n\tbuffer = bytearray(512)\n\n    return socket.socket()\n";
	static const char main_py[] = "import net\n\nrun()\n";
	static const struct sites_source sources[] = { { "net.py", net_py, sizeof(net_py) - 1 },
						       { "main.py", main_py, sizeof(main_py) - 1 } };
	struct strbuf out CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct sites s;

	if (argc != 3 || !make(argv[1], &s))
		return 2;
	bool is_hostile = strcmp(argv[1], "hostile") == 0;
	struct sites_view view = { .sites = &s, .title = is_hostile ? MADE_HOSTILE : "main.py" };
	view.sources = sources;
	view.n_sources = ARRAY_SIZE(sources);
	bool drawn = draw(&out, &view, argv[2]);
	sites_deinit(&s);
	fwrite(strbuf_text(&out), 1, out.n_bytes, stdout);
	return drawn ? 0 : 2;
}
