/* Prints what palette_of gives: theme, colours of the terminal, role, colour, background, attributes. */
#include <stdio.h>
#include <string.h>

#include "memprof/base/number.h"
#include "tui/palette.h"

int main(void)
{
	static const int depths[] = { 0, 8, 16, 256 };
	char choices[] = THEME_CHOICES;

	strtok(choices, "|"); /* auto */
	for (int theme = 0; theme < N_THEMES; theme++) {
		const char *name = strtok(NULL, "|");
		for (size_t d = 0; d < ARRAY_SIZE(depths); d++)
			for (int role = 0; role < N_TUI_ROLES; role++) {
				struct palette_entry e = palette_of((enum tui_role)role, (enum theme)theme, depths[d]);
				printf("%s %d %d %d %d %s%s%s%s\n", name, depths[d], role, e.color, e.ground,
				       e.bold ? "bold," : "", e.dim ? "dim," : "", e.reverse ? "reverse," : "",
				       e.underline ? "underline," : "");
			}
	}
	return 0;
}
