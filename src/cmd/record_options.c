#include "record_options.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/date.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"
#include "memprof/io/clock.h"

int record_options_path(const struct options *options, const char *name, const char **ret)
{
	if (option_once(options, name, ret) < 0)
		return -EINVAL;
	if (*ret && strcmp(*ret, "-") != 0)
		return 0;
	message_error(*ret ? "a recording is a file, and cannot go to standard output; give -o FILE.mprof" :
			     "no file to record into: give -o FILE.mprof");
	return -EINVAL;
}

int record_options_until(const struct options *options, uint64_t *ret_us)
{
	const char *text = option_value(options, "for");
	uint64_t duration_us;

	*ret_us = NOT_KNOWN;
	if (!text)
		return 0;
	if (duration_parse(text, &duration_us) < 0 || duration_us == 0) {
		message_error("--for takes a duration, such as 90s, 30m, 24h or 7d, not '%s'", text);
		return -EINVAL;
	}
	*ret_us = clock_now_us() + duration_us;
	return 0;
}

int record_options_keep(const struct options *options, struct recording_keep *ret)
{
	const char *text;

	*ret = (struct recording_keep){ 0 };
	for (size_t i = 0; (text = option_nth(options, "keep", i)); i++) {
		bool has_unit = strpbrk(text, "smhd") != NULL; /* sizes have capitals */
		bool fine = has_unit ? duration_parse(text, &ret->newest_us) == 0 && ret->newest_us > 0 :
				       number_parse_size(text, &ret->max_bytes) == 0 && ret->max_bytes > 0;
		if (!fine) {
			message_error("--keep takes a time, such as 24h, or a size, such as 500M, not '%s'", text);
			return -EINVAL;
		}
	}
	return 0;
}
