#include "memprof/base/theme.h"

#include <stdint.h>
#include <string.h>

#include "memprof/base/number.h"

static const char *const names[N_THEMES] = {
	[THEME_DARK] = "dark",
	[THEME_LIGHT] = "light",
	[THEME_CONTRAST] = "contrast",
	[THEME_MONO] = "mono",
};

bool theme_named(const char *name, enum theme *ret)
{
	for (int i = 0; i < N_THEMES; i++) {
		if (strcmp(names[i], name) == 0) {
			*ret = (enum theme)i;
			return true;
		}
	}
	return false;
}

enum theme theme_of_terminal(const char *colorfgbg)
{
	enum { WHITE = 7, GREY = 8, LAST = 15 };
	const char *last = colorfgbg ? strrchr(colorfgbg, ';') : NULL;
	uint64_t ground;

	if (!last || number_parse(last + 1, &ground) < 0 || ground > LAST)
		return THEME_DARK;
	return ground >= WHITE && ground != GREY ? THEME_LIGHT : THEME_DARK;
}
