/* history add: the figures of a build become a part of its commit's note. */
#define _DEFAULT_SOURCE /* flock, O_CLOEXEC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "history/private.h"
#include "load.h"
#include "memprof/base/text.h"

void builds_default_name(const char *path, struct strbuf *ret)
{
	static const char *const endings[] = { ".map", ".elf", ".txt" };
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t n = strlen(name);

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		size_t n_ending = strlen(endings[i]);
		if (n > n_ending && memcmp(name + n - n_ending, endings[i], n_ending) == 0)
			n -= n_ending;
	}
	if (n == 0 || strcmp(path, "-") == 0)
		strbuf_puts(ret, "firmware");
	else
		text_visible(ret, name, n, false);
}

/* ---- the build ---- */

struct build {
	struct input_image map, elf;
	struct ldscript script;
	struct firmware_file bin;
	struct image_lists lists;
	struct components *rules;
};

static void build_deinit(struct build *b)
{
	image_lists_deinit(&b->lists);
	components_free(b->rules);
	ldscript_deinit(&b->script);
	input_image_deinit(&b->map);
	input_image_deinit(&b->elf);
}

static int read_elf(struct build *b, const struct build_files *source, unsigned want)
{
	if (source->elf && strcmp(b->map.image.format, image_elf.name) == 0) {
		message_at((struct place){ .file = source->map }, "error",
			   "this is an ELF itself; --elf goes with a linker map");
		return -EINVAL;
	}
	int r = load_join(&b->map, &b->elf, source->elf, want);
	if (r != IMAGE_OTHER_BUILD)
		return MIN(r, 0);
	message_at((struct place){ .file = source->elf }, "error",
		   "this ELF is not of the build of %s; name the one that was linked with it", source->map);
	return -EINVAL;
}

static int read_build(struct build *b, const struct build_files *source)
{
	const unsigned want = IMAGE_WANT_SYMBOLS | IMAGE_WANT_SOURCES;

	if (source->bin && load_firmware(&b->bin, source->bin, false) < 0)
		return -EINVAL;
	if (load_image(&b->map, source->map, want) < 0 || read_elf(b, source, want) < 0)
		return -EINVAL;
	if (source->scripts) {
		int r = load_scripts(source->scripts, &b->script);
		if (r < 0 || (r == 0 && load_script_regions(&b->script, &b->map.image) < 0))
			return -EINVAL;
	}
	if (load_components(source->rules, &b->rules) < 0)
		return -EINVAL;
	b->lists.image = &b->map.image;
	b->lists.rules = b->rules;
	load_warn_image(&b->map.image);
	return 0;
}

/* A map may not tell what is stored. */
static uint64_t image_bytes(const struct build *b, const struct build_files *source)
{
	return source->bin                         ? b->bin.size_bytes :
	       image_unsure_section(&b->map.image) ? NOT_KNOWN :
						     image_stored_bytes(&b->map.image);
}

/* ---- the note ---- */

/* One memprof after the other, as git may lose one of two notes that are written at once: others wait for the lock,
 * which ends with the process. Where there is no such lock, as on some network file systems, none is taken. */
static int add_to_note(const struct git *git, const char *hash, const struct note_image *from)
{
	struct strbuf folder CLEANUP(strbuf_deinit) = STRBUF_INIT;
	struct diag diag = { 0 };
	int fd = git_find_folder(git, &folder, NULL) == 0 ? open(strbuf_text(&folder), O_RDONLY | O_CLOEXEC) : -1;

	flock(fd, LOCK_EX);
	int r = git_add_to_note(git, hash, from, &diag);
	if (fd >= 0)
		close(fd);
	if (r == 0)
		return 0;
	message_diag(&diag);
	return -EINVAL;
}

static int find_root(const struct git *git, const struct build_files *source, struct strbuf *ret)
{
	struct diag diag = { 0 };

	if (source->root)
		strbuf_puts(ret, source->root);
	if (source->root || git_find_root(git, ret, &diag) == 0)
		return 0;
	message_diag(&diag);
	return -EINVAL;
}

int builds_add_figures(const struct git *git, const char *hash, const struct build_files *source,
		       struct strbuf *ret_name)
{
	struct build b CLEANUP(build_deinit) = { .rules = NULL };
	struct strbuf root CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (source->name)
		strbuf_puts(ret_name, source->name);
	else
		builds_default_name(source->map, ret_name);
	if (read_build(&b, source) < 0 || find_root(git, source, &root) < 0)
		return -EINVAL;
	const struct note_image image = {
		.name = strbuf_text(ret_name),
		.lists = &b.lists,
		.image_bytes = image_bytes(&b, source),
		.root = strbuf_text(&root),
	};
	return add_to_note(git, hash, &image);
}

/* ---- the subcommand ---- */

static int read_source(const struct options *options, struct build_files *ret)
{
	const struct history_args *args = options->values;
	const char *map = args->map, *given = options->n_args > 1 ? options->args[1] : NULL;

	if (!map == !given) {
		message_error(
			"history add takes one FILE, a linker map or an ELF, or - for standard input;"
			" see memprof history --help");
		return -EINVAL;
	}
	*ret = (struct build_files){
		.map = map ? map : given,
		.elf = args->elf,
		.bin = args->bin,
		.rules = args->rules,
		.name = args->name,
		.scripts = &args->scripts,
	};
	return 0;
}

int builds_add(const struct options *options, struct output *out)
{
	const struct history_args *args = options->values;
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *commit = args->commit;
	char hash[GIT_HASH_CHARS + 1];
	struct build_files source;
	struct summary_wish summary;
	struct git git;

	if (read_source(options, &source) < 0 || builds_open(args->ref, &git) < 0 ||
	    builds_find(&git, commit ? commit : "HEAD", hash) < 0 || builds_read_summary(args, &git, &summary) < 0)
		return EXIT_INPUT;
	if (!commit && git_has_changes(&git))
		message_at((struct place){ 0 }, "warning",
			   "files differ from HEAD: these figures are kept as those of HEAD, %.10s", hash);
	if (builds_add_figures(&git, hash, &source, &name) < 0)
		return EXIT_INPUT;
	if (builds_summary(&git, &summary, hash, strbuf_text(&name), out) < 0)
		message_at((struct place){ 0 }, "warning", "the figures are kept, but not summarized");
	return EXIT_FINE;
}
