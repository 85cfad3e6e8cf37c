# SPDX-License-Identifier: Apache-2.0
# Writes OUTPUT from INPUT with VERSION and the commit of SOURCE_DIR; leaves it alone when nothing changed.
execute_process(COMMAND git describe --always --abbrev=12 --exclude=* --dirty=+ WORKING_DIRECTORY ${SOURCE_DIR}
                OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(COMMIT)
  set(COMMIT " (${COMMIT})")
endif()
configure_file(${INPUT} ${OUTPUT} @ONLY)
