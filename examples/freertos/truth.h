/* For the test of this example; a product has no need of it. */
#ifndef TRUTH_H
#define TRUTH_H

/* Prints a line of JSON between @T and T@: all that the agent reports, as the program itself knows it. With the
 * scheduler suspended. */
void truth_print(void);
/* Then stands still until a byte comes: a debugger finds what was printed. */
void truth_hold(void);

#endif
