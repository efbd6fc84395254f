/* What a board answers when it is asked for its agent: whatever it says, what is understood is bounded, and can be
 * asked for again. */
#include "fuzz.h"
#include "memprof/base/number.h"
#include "memprof/protocol/installed_agent.h"

static void check_text(const char *text, size_t n) { MUST(memchr(text, '\0', n) != NULL); }

FUZZ(data, size)
{
	struct installed found;
	struct installed_sum sum = { 77, 77 };
	char version[INSTALLED_VERSION_BYTES] = "";
	/* A copy that ends where its memory ends: the text has no NUL. */
	char *text = malloc(size + (size == 0));

	MUST(text);
	memcpy(text, data, size);
	installed_read(text, size, &found);
	MUST(found.n_files <= INSTALLED_FILES_MAX);
	check_text(found.folder, sizeof(found.folder));
	check_text(found.loaded_from, sizeof(found.loaded_from));
	for (size_t i = 0; i < found.n_files; i++) {
		struct strbuf code = STRBUF_INIT;
		check_text(found.files[i].path, sizeof(found.files[i].path));
		check_text(found.files[i].version, sizeof(found.files[i].version));
		MUST(found.files[i].path[0]);
		installed_ask_write(&code, found.files[i].path, text, MIN(size, (size_t)INSTALLED_CHUNK_BYTES), true);
		installed_ask_remove(&code, found.files[i].path);
		MUST(strbuf_error(&code) == 0);
		for (size_t k = 0; k < code.n_bytes; k++)
			MUST(code.text[k] == '\n' || (code.text[k] >= 0x20 && code.text[k] < 0x7f));
		strbuf_deinit(&code);
	}
	uint64_t free_bytes = 77, used_bytes = 77;
	if (!installed_read_heap(text, size, &free_bytes, &used_bytes))
		MUST(free_bytes == 77 && used_bytes == 77);
	installed_choice(&found);
	if (!installed_read_sum(text, size, &sum))
		MUST(sum.n_bytes == 77 && sum.adler == 77);
	if (installed_version(text, size, version))
		MUST(version[0] && memchr(version, '\0', sizeof(version)));
	else
		MUST(!version[0]);
	free(text);
}
