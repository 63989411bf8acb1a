# bash completion of bugbar
_bugbar() {
  local line=${COMP_LINE:0:COMP_POINT} words word cut
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  word=${words[-1]}
  mapfile -t COMPREPLY < <("${words[0]}" completion words -- "${words[@]:1}" 2>/dev/null)
  # readline splits words at "=", and replaces only what stands behind it
  if [[ $word == *=* && $COMP_WORDBREAKS == *"="* ]]; then
    cut=${word%"${word##*=}"}
    COMPREPLY=("${COMPREPLY[@]#"$cut"}")
  fi
  [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o default -F _bugbar bugbar
