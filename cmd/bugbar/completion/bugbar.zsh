#compdef bugbar
# zsh completion of bugbar
_bugbar() {
  local -a choices
  choices=("${(@f)$("${words[1]}" completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  choices=(${choices:#})
  if (( ${#choices} )); then
    compadd -S '' -- ${(M)choices:#*=}
    compadd -- ${choices:#*=}
  else
    _files
  fi
}
compdef _bugbar bugbar
