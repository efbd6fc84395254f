#include "memprof/input/build_figures.h"

#include <errno.h>
#include <string.h>

#include "git_run.h"
#include "memprof/base/text.h"
#include "memprof/history/note.h"
#include "memprof/input/build.h"
#include "memprof/input/firmware_file.h"

const char *build_name(const char *given, const char *map, struct strbuf *memory)
{
	static const char *const endings[] = { ".map", ".elf", ".txt" };

	if (given || !map)
		return given;
	const char *slash = strrchr(map, '/'), *name = slash ? slash + 1 : map;
	size_t n = strlen(name);
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		size_t n_ending = strlen(endings[i]);
		if (n > n_ending && memcmp(name + n - n_ending, endings[i], n_ending) == 0)
			n -= n_ending;
	}
	if (n == 0 || strcmp(map, "-") == 0)
		strbuf_puts(memory, "firmware");
	else
		text_visible(memory, name, n, false);
	return strbuf_text(memory);
}

struct summary {
	struct build build;
	struct firmware_file bin;
	struct components *rules;
};

static void summary_deinit(struct summary *s)
{
	components_free(s->rules);
	build_deinit(&s->build);
}

static int read_files(struct summary *s, const struct build_files *files, const struct notice_sink *notices,
		      struct diag *diag)
{
	const struct build_spec spec = { .map = files->map,
					 .elf = files->elf,
					 .options = "--elf goes",
					 .of_one_build = true,
					 .want = IMAGE_WANT_SYMBOLS | IMAGE_WANT_SOURCES };
	int r = files->bin ? firmware_file_read(&s->bin, files->bin, false, notices, diag) : 0;

	if (r == 0)
		r = build_read(&s->build, &spec, diag);
	if (r == 0 && files->scripts)
		r = build_add_scripts(&s->build, files->scripts, diag);
	return r < 0 ? r : input_components(files->rules, &s->rules, diag);
}

/* A map may not tell what is stored. */
static uint64_t image_bytes(const struct summary *s)
{
	const struct image *image = s->build.image;

	return s->bin.name ? s->bin.size_bytes : image_unsure_section(image) ? NOT_KNOWN : image_stored_bytes(image);
}

static int read_figures(struct build_figures *ret, struct arena *arena, const struct build_files *files,
			const struct notice_sink *notices, struct diag *diag)
{
	struct summary s CLEANUP(summary_deinit) = { .rules = NULL };
	int r = read_files(&s, files, notices, diag);

	if (r < 0)
		return r;
	input_image_warn(s.build.image, notices);
	struct image_lists lists = { .image = s.build.image, .rules = s.rules };
	ret->name = files->name;
	ret->format = arena_text(arena, s.build.image->format, strlen(s.build.image->format));
	ret->image_bytes = image_bytes(&s);
	r = note_figures(ret, arena, &lists, files->root);
	image_lists_deinit(&lists);
	return r < 0 || arena_error(arena) < 0 ? diag_set(diag, -ENOMEM, "out of memory") : 0;
}

int git_add_build(const struct git *git, const char *hash, const struct build_files *files, struct diag *diag)
{
	struct strbuf root CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct arena arena CLEANUP(arena_deinit) = { 0 };
	struct build_files whole = *files;
	struct build_figures build = { .name = NULL };
	int r = files->root ? 0 : git_line(GIT_WORDS("rev-parse", "--show-toplevel"), &root, diag);

	if (!files->root)
		whole.root = strbuf_text(&root); /* nothing of a bare repository */
	if (r >= 0)
		r = read_figures(&build, &arena, &whole, &git->notices, diag);
	if (r == 0)
		r = git_write_build(git, hash, &build, diag);
	vec_deinit(&build, figures);
	return r;
}
