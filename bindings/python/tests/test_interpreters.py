"""Several interpreters of one process, which would share the types of the library."""

import interpreters


def test_a_sub_interpreter_is_refused_and_the_main_one_goes_on():
    interpreters.main()
