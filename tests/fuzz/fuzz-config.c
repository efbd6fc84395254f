/* Any bytes as a file of defaults: its lines are all of it, and a change changes nothing else. */
#include "fuzz.h"
#include "memprof/cli/config.h"

/* How many lines set the key; the bytes of all others are hashed into *ret. */
static size_t settings(const char *text, size_t n_bytes, enum config_key key, uint64_t *ret)
{
	const char *next = text, *end = text + n_bytes;
	struct config_line line;
	enum config_key found;
	size_t n = 0, n_seen = 0;

	*ret = 14695981039346656037U; /* FNV-1a */
	while (config_next_line(&next, end, &line)) {
		MUST(line.text == text + n_seen && line.n_text > 0);
		n_seen += line.n_text;
		if (line.kind == CONFIG_LINE_SETTING) {
			MUST(line.key >= line.text && line.key + line.n_key < line.value + 1);
			MUST(line.value + line.n_value <= line.text + line.n_text);
			if (config_find(line.key, line.n_key, &found) && found == key) {
				n++;
				continue;
			}
		}
		size_t n_text = line.n_text - (line.text[line.n_text - 1] == '\n');
		for (size_t i = 0; i < n_text; i++)
			*ret = (*ret ^ (uint8_t)line.text[i]) * 1099511628211U;
	}
	MUST(n_seen == n_bytes);
	return n;
}

FUZZ(data, size)
{
	struct strbuf set CLEANUP(strbuf_deinit) = STRBUF_INIT, removed CLEANUP(strbuf_deinit) = STRBUF_INIT;
	const char *text = size ? (const char *)data : "";
	uint64_t others, others_after;
	size_t n = settings(text, size, CONFIG_THEME, &others);

	MUST(config_edit(text, size, CONFIG_THEME, "light", &set) == (n > 0) && !strbuf_error(&set));
	MUST(settings(set.text, set.n_bytes, CONFIG_THEME, &others_after) == 1 && others_after == others);
	MUST(config_edit(set.text, set.n_bytes, CONFIG_THEME, NULL, &removed) && !strbuf_error(&removed));
	MUST(settings(strbuf_text(&removed), removed.n_bytes, CONFIG_THEME, &others_after) == 0 &&
	     others_after == others);
}
