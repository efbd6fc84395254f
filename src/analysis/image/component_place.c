#include "component_place.h"

#include <string.h>

#include "memprof/base/glob.h"
#include "memprof/base/number.h"

static const char no_folder[] = "(no folder)";

/* Folders that build systems make: CMake, MicroPython's and pico-sdk's make, IAR, Keil, PlatformIO. */
static const char *const build_folders[] = {
	"build*", "[Oo]bj", "Objects", "Debug", "Release", "EWARM", "MDK-ARM", ".pio*",
};
/* Folders of CMake's that end a component's path: what follows repeats where the source lies. */
static const char *const cmake_folders[] = { "CMakeFiles", "*.dir" };
static const char *const source_folders[] = { "[Ss]rc", "[Ss]ource", "[Ss]ources" };

static bool is_one_of(const char *const globs[], size_t n_globs, const char *name)
{
	for (size_t i = 0; i < n_globs; i++)
		if (glob_match(globs[i], name))
			return true;
	return false;
}

static bool is_made(const char *name)
{
	return is_one_of(build_folders, ARRAY_SIZE(build_folders), name) ||
	       is_one_of(cmake_folders, ARRAY_SIZE(cmake_folders), name);
}

static bool ends_component(const char *name)
{
	return is_one_of(source_folders, ARRAY_SIZE(source_folders), name) ||
	       is_one_of(cmake_folders, ARRAY_SIZE(cmake_folders), name);
}

static void drop_last_folder(struct strbuf *folders)
{
	size_t n = folders->n_bytes;

	while (n > 1 && folders->text[n - 2] != '/')
		n--;
	folders->n_bytes = n ? n - 1 : 0;
	if (folders->text)
		folders->text[folders->n_bytes] = '\0';
}

/* Appends "a/b/" of "./a/x/../b/c.o". CMake writes ".." as "__" below its .dir. */
static void put_folders(const char *path, struct strbuf *ret)
{
	for (const char *end; (end = strchr(path, '/')) != NULL; path = end + 1) {
		size_t n = (size_t)(end - path);
		if (n == 0 || (n == 1 && *path == '.') || (n == 2 && memcmp(path, "__", 2) == 0))
			continue;
		if (n == 2 && memcmp(path, "..", 2) == 0)
			drop_last_folder(ret);
		else
			strbuf_add(ret, path, n + 1);
	}
}

static int kind_of(const char *path)
{
	return *path == '/' || (*path && path[1] == ':') ? PLACE_ABSOLUTE : PLACE_RELATIVE;
}

void place_roots_deinit(struct place_roots *roots)
{
	for (size_t i = 0; i < N_PLACE_ROOTS; i++)
		strbuf_deinit(&roots->roots[i]);
}

void place_roots_add(struct place_roots *roots, const char *path)
{
	struct strbuf folders CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int kind = kind_of(path);
	struct strbuf *root = &roots->roots[kind];

	put_folders(path, &folders);
	if (strbuf_error(&folders))
		root->error = strbuf_error(&folders);
	if (!folders.n_bytes)
		return;
	if (!roots->any[kind]) {
		roots->any[kind] = true;
		strbuf_add(root, folders.text, folders.n_bytes);
		return;
	}
	const char *text = strbuf_text(&folders);
	size_t n_same = 0, n_folders = 0;
	while (n_same < root->n_bytes && root->text[n_same] == text[n_same])
		if (root->text[n_same++] == '/')
			n_folders = n_same;
	root->n_bytes = n_folders;
	if (root->text)
		root->text[n_folders] = '\0';
}

int place_roots_error(const struct place_roots *roots)
{
	int r = strbuf_error(&roots->roots[PLACE_RELATIVE]);

	return r ? r : strbuf_error(&roots->roots[PLACE_ABSOLUTE]);
}

/* The next folder of a path of folders, as a text in its place; NULL: there is none. */
static char *next_folder(char **at)
{
	char *name = *at, *end = strchr(name, '/');

	if (!end)
		return NULL;
	*end = '\0';
	*at = end + 1;
	return name;
}

static void put_below_root(char *at, struct strbuf *ret)
{
	for (char *name; (name = next_folder(&at)) != NULL;) {
		if (ends_component(name)) {
			if (ret->n_bytes)
				return;
		} else if (!is_made(name)) {
			strbuf_puts(ret, ret->n_bytes ? "/" : "");
			strbuf_puts(ret, name);
		}
	}
}

static void put_last_folder(char *at, struct strbuf *ret)
{
	for (char *name; (name = next_folder(&at)) != NULL;) {
		if (!is_made(name)) {
			strbuf_reset(ret);
			strbuf_puts(ret, name);
		}
	}
}

/* Cuts a path into its folders, and has some of them appended to a name. */
static int put(const char *path, size_t n_root, void (*put_name)(char *at, struct strbuf *ret), struct strbuf *ret)
{
	struct strbuf folders CLEANUP(strbuf_deinit) = STRBUF_INIT;

	put_folders(path, &folders);
	if (strbuf_error(&folders))
		return strbuf_error(&folders);
	if (folders.n_bytes)
		put_name(folders.text + n_root, ret);
	return strbuf_error(ret);
}

uint32_t place_component(const struct place_roots *roots, const char *path, struct names *names)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;
	int r = put(path, roots->roots[kind_of(path)].n_bytes, put_below_root, &name);

	if (r == 0 && !name.n_bytes)
		r = put(path, 0, put_last_folder, &name);
	if (r == 0 && !name.n_bytes)
		return names_add(names, no_folder, sizeof(no_folder) - 1);
	return r < 0 ? NAMES_NONE : names_add(names, name.text, name.n_bytes);
}
