# Client files, under the MIT licence, to be copied or installed beside the program
bindingscdir = $(pkgdatadir)/bindings/c
dist_bindingsc_DATA = %D%/c/plumb_subject.h
bindingscppdir = $(pkgdatadir)/bindings/cpp
dist_bindingscpp_DATA = %D%/cpp/plumbline.hpp
bindingsfortrandir = $(pkgdatadir)/bindings/fortran
dist_bindingsfortran_DATA = %D%/fortran/plumbline.f90
bindingsjsdir = $(pkgdatadir)/bindings/js
dist_bindingsjs_DATA = %D%/js/plumbline.mjs
bindingspythondir = $(pkgdatadir)/bindings/python
dist_bindingspython_DATA = %D%/python/plumbline.py %D%/python/pyproject.toml
