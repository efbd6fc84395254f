
#include "fuzz.h"
#include "profile_screen.h"
#include "tui/profile/actions.h"

/* What somebody does to the screen of a profile: keys, text, the mouse, sizes of the screen; of any chains of calls,
 * any names, any source. After each picture, profile_fault must find nothing. */
enum { STEPS_MAX = 400, CHAINS_MAX = 40, SOURCE_BYTES_MAX = 200 };

static const uint8_t *at, *end;

static uint8_t take(void) { return at < end ? *at++ : 0; }

struct world {
	struct sites sites;
	struct sites_view view;
	struct sites_source source;
	char text[SOURCE_BYTES_MAX];
	struct tui_profile *p;
	struct grid grid;
};

static uint32_t take_frame(struct sites *s)
{
	static const char *const files[] = { "main.py", "lib/net.py", "", "\x1b[2J\xe2\x80\xae",
					     "\xe5\xae\xbd\xff.py" };
	static const char *const functions[] = { "<module>", "run", "", "f\x1b[31m" };
	uint8_t n = take();
	uint32_t frame = sites_frame(s, files[n % ARRAY_SIZE(files)], functions[n / 8 % ARRAY_SIZE(functions)], n / 4);

	MUST(frame != SITES_NONE);
	return frame;
}

static void add_chain(struct sites *s)
{
	uint32_t frames[SITES_DEPTH_MAX + 2];
	size_t n = take() % ARRAY_SIZE(frames);
	struct sites_sum sum = { .n_samples = 1 };

	sum.bytes = take();
	sum.bytes <<= take() % 54;
	sum.n_samples += take();
	sum.count = take();
	sum.alive_bytes = sum.bytes / (1u + take());
	sum.alive_count = take();

	for (size_t i = 0; i < n; i++)
		frames[i] = take_frame(s);
	MUST(sites_add(s, frames, n, &sum) == 0);
}

static void add_kept(struct sites *s)
{
	struct sites_kept kept = { .holder = take() % 2 ? "handlers" : "" };

	kept.frame = take_frame(s);
	kept.n_samples = take();
	for (int i = 0; i < SITES_QUARTERS; i++)
		kept.bytes[i] = take() * UINT64_C(1000);
	MUST(sites_keep(s, &kept) == 0);
}

static void make_profile(struct world *w)
{
	struct sites *s = &w->sites;
	uint8_t how = take();

	MUST(sites_init(s, SITES_HOOK, how & 1 ? SITES_TIME : SITES_BYTES) == 0);
	s->has_counts = how & 2;
	s->has_alive = how & 4;
	s->has_kept = how & 8;
	s->requested_bytes = s->temporary_bytes = UINT64_MAX;
	for (int n = take() % CHAINS_MAX; n > 0; n--)
		add_chain(s);
	for (int n = how & 8 ? take() % 12 : 0; n > 0; n--)
		add_kept(s);
	MUST(sites_end(s) == 0);
	w->source = (struct sites_source){ "main.py", w->text, take() % SOURCE_BYTES_MAX };
	for (size_t i = 0; i < w->source.n_bytes; i++)
		w->text[i] = (char)take();
	w->view = (struct sites_view){ .sites = s, .title = "a/\x1b[5mb.json", .sources = &w->source, .n_sources = 1 };
	w->p = tui_profile_new(&(struct tui_profile_options){ &w->view, how & 16 });
	MUST(w->p && grid_init(&w->grid, 80, 24, how & 16) == 0);
}

/* ---- what is done ---- */

static void draw(struct world *w)
{
	const char *fault;

	tui_screen_profile.draw(w->p, &w->grid, 0);
	fault = profile_fault(w->p, &w->grid);
	if (fault)
		fprintf(stderr, "%s\n", fault);
	MUST(!fault);
}

static void press(struct world *w, uint32_t key)
{
	struct tui_input input = { .kind = TUI_INPUT_KEY, .key = key };

	tui_screen_profile.input(w->p, &input, 0);
}

static void press_known_key(struct world *w)
{
	const struct key_list list = profile_key_list();

	press(w, list.rows[take() % list.n_rows].keys[0]);
}

static void press_any_key(struct world *w)
{
	static const uint32_t firsts[] = { 0, 0x80, 0x400, 0xd7c0, 0x10ff80, TUI_KEY_UP };
	uint32_t first = firsts[take() % ARRAY_SIZE(firsts)];

	press(w, first + take() % 0x80);
}

static void use_mouse(struct world *w)
{
	struct tui_input input = { .kind = TUI_INPUT_MOUSE };

	input.button = take() % 5u;
	input.x = take();
	input.y = take() % 80;
	tui_screen_profile.input(w->p, &input, 0);
}

static void resize(struct world *w)
{
	int columns = 1 + take() % 220, rows = 1 + take() % 70;

	MUST(grid_resize(&w->grid, columns, rows) == 0);
	draw(w);
}

static void step(struct world *w)
{
	static void (*const steps[])(struct world * w) = {
		press_known_key, press_known_key, press_known_key, press_known_key,
		press_any_key,   use_mouse,       resize,          draw,
	};

	steps[take() % ARRAY_SIZE(steps)](w);
}

FUZZ(data, size)
{
	struct world w = { .p = NULL };

	at = data;
	end = data + size;
	make_profile(&w);
	for (int i = 0; i < STEPS_MAX && at < end; i++) {
		step(&w);
		if (i % 8 == 0)
			draw(&w);
	}
	draw(&w);
	tui_profile_free(w.p);
	grid_deinit(&w.grid);
	sites_deinit(&w.sites);
}
